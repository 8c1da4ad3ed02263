// The view in a notebook: its source is the widget's model, which the kernel fills and the notebook may keep.

const PATIENCE = 4000; // milliseconds
const LEVEL = 3; // of the title: notebooks have headings of their own
const UNANSWERED = "The notebook's kernel gives no answer: it is busy, or gone. What is recorded is all here.";

/** The model as a source. `close()` lets go of it. */
function modelSource(model) {
  const watchers = new Set();
  const waiting = new Set(); // requests: each looks at what was reached
  const answered = () => {
    watchers.forEach((watcher) => watcher());
    for (const look of [...waiting]) look(model.get("reached"));
  };
  model.on("change:reached", answered);
  return {
    get head() {
      return { ...model.get("head"), ...model.get("reached"), code: model.get("code") };
    },
    get log() {
      return model.get("events");
    },
    chunk: (number) => model.get(`chunk_${number}`),
    more: (goal) => new Promise((done, failed) => {
      const { total } = model.get("reached");
      const settle = (error) => {
        clearTimeout(late);
        waiting.delete(look);
        if (error) failed(new Error(error));
        else done();
      };
      const look = (reached) => {
        if (reached.error || reached.total > total || reached.ending !== null) settle(reached.error);
      };
      const late = setTimeout(() => settle(UNANSWERED), PATIENCE);
      waiting.add(look);
      try {
        model.send({ kind: "more", total, goal });
      } catch {
        settle(UNANSWERED);
      }
    }),
    watch(callback) {
      watchers.add(callback);
      return () => watchers.delete(callback);
    },
    close() {
      model.off("change:reached", answered);
      for (const look of [...waiting]) look({ error: "The view is closed." });
    },
  };
}

/** What anywidget calls for each view of the widget; answers with what takes the view down. */
async function render({ model, el }) {
  const element = document.createElement("div");
  el.append(element);
  const source = modelSource(model);
  const view = await mount(element, source, { level: LEVEL });
  return () => {
    view.dispose();
    source.close();
    element.remove();
  };
}

export default { render };
