// Runs before the page is drawn, so that a chosen colour scheme doesn't flash.
(() => {
  const theme = localStorage.getItem("masthead.theme");
  if (theme === "light" || theme === "dark") document.documentElement.dataset.theme = theme;
})();
