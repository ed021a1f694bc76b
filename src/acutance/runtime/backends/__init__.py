"""What runs a model: OpenVINO, ONNX Runtime, and the baselines, behind one small interface."""
