"""The shipped models: ONNX files, each with its card inside."""
