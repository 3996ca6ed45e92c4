// Prints the message, not the page: the frame grows to its whole length for the printer.
// (The frame itself may not print: it may open nothing.)

export function printMessage(pane) {
  const { frame } = pane;
  const root = frame?.contentDocument?.documentElement;
  if (root) frame.style.height = `${root.scrollHeight}px`;
  addEventListener("afterprint", () => { if (frame) frame.style.height = ""; }, { once: true });
  print();
}
