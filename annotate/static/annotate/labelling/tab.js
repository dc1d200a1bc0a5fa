/**
 * One tab at a time labels a project: the one that holds its lock (Web Locks). Any other says so and can take over, by
 * loading its page anew; it does the same by itself when the lock comes free.
 */

const TAKES_OVER = "annotate-takes-over";
const PATIENCE = 1000; // ms: the page before this one in the same tab lets go a moment after it has ended

/**
 * Resolves once this tab is the one that labels.
 * @param {number} project @param {number} person
 * @param {() => void} stop another tab took over
 * @returns {Promise<void>}
 */
export function onlyTab(project, person, stop) {
  const name = `annotate ${project} ${person}`;
  const steal = sessionStorage.getItem(TAKES_OVER) === name;
  sessionStorage.removeItem(TAKES_OVER);
  const elsewhere = async () => {
    document.body.dataset["state"] = "elsewhere";
    const { offerToTakeOver } = await import("./elsewhere.js");
    offerToTakeOver(project, () => sessionStorage.setItem(TAKES_OVER, name));
  };
  return new Promise((resolve) => {
    if (!navigator.locks) return resolve(); // the page came by plain HTTP
    const waiting = setTimeout(elsewhere, PATIENCE);
    const hold = () => {
      clearTimeout(waiting);
      if (document.body.dataset["state"] === "elsewhere") location.reload();
      else resolve();
      return new Promise(() => {});
    };
    navigator.locks.request(name, { steal }, hold).catch(() => {
      stop();
      elsewhere();
      navigator.locks.request(name, hold).catch(() => {});
    });
  });
}

