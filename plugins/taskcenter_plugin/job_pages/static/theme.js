// Light or dark as Airflow's own pages are (their switch is kept in localStorage), or else as the system is.
(() => {
  const root = document.documentElement;
  const follow = () => {
    let chosen = null;
    try {
      chosen = localStorage.getItem("theme");
    } catch {
      // Storage may be switched off.
    }
    if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;
    else delete root.dataset.theme;
  };
  follow();
  window.addEventListener("storage", follow);
})();
