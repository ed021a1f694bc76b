"use strict";
for (const divider of document.querySelectorAll(".compare input")) {
  const place = () => divider.parentElement.style.setProperty("--at", divider.value + "%");
  divider.addEventListener("input", place);
  place(); // a browser that goes back to the page may have kept another value
}
