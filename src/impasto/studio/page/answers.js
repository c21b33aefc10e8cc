// Every event of the page is a request with an answer of its own (asking.py). Here they are brought in
// order, for answers may overtake each other:
// - A press that goes by what earlier ones leave behind ("held") waits for them and takes it from them.
// - Of two presses, the later one's answer stays, whichever comes first.
// - A look at a job tells nothing when anything was pressed meanwhile: the next look will.
// What goes wrong is shown as a line, which Gradio does only for events in its queue.
(() => {
  const fetched = window.fetch;
  const unchanged = {__type__: 'update'};
  const pending = new Set(); // presses without an answer
  const pressed = {}; // by component: number of the last press, or of its answer, that is about it
  const shown = {}; // by component: number of the press whose answer it shows
  let number = 0;

  const isSkipped = value => value?.__type__ === 'update' && Object.keys(value).length === 1;
  const isHeld = id => window.gradio_config.components
    .some(each => each.id === id && each.props.elem_classes?.includes('held'));

  async function waited(event, values, earlier) {
    for (const [place, id] of event.inputs.entries()) {
      if (!isHeld(id)) continue;
      for (const press of earlier) {
        const left = press.outputs.includes(id) ? await press.left : {};
        if (id in left) values[place] = left[id];
      }
    }
  }

  function complain(told) {
    const place = document.querySelector('#complaints') ?? document.body.appendChild(
      Object.assign(document.createElement('div'), {id: 'complaints', role: 'alert'}));
    const line = Object.assign(document.createElement('p'), {textContent: told});
    line.onclick = () => line.remove();
    setTimeout(line.onclick, 10000);
    [...place.children].filter(each => each.textContent === told).forEach(each => each.remove());
    place.append(line);
  }

  async function answered(address, given, body) {
    const answer = await fetched(address, {...given, body: JSON.stringify(body)});
    const told = await answer.json();
    if (!answer.ok) complain(told.error ?? told.detail ?? `It did not work (${answer.status})`);
    return [told, answer.status];
  }

  async function look(event, ...asked) {
    const begun = number;
    const [told, status] = await answered(...asked);
    const isOld = id => pressed[id] > begun || [...pending].some(each => each.outputs.includes(id));
    if (told.data && event.outputs.some(isOld)) told.data = told.data.map(() => unchanged);
    return [told, status];
  }

  async function press(event, address, given, body) {
    const own = ++number;
    let leave;
    const press = {outputs: event.outputs, left: new Promise(done => leave = done)};
    const left = {};
    const note = count => event.outputs.forEach(id => pressed[id] = count);
    const earlier = [...pending];
    pending.add(press);
    note(own);
    try {
      await waited(event, body.data, earlier);
      const [told, status] = await answered(address, given, body);
      told.data?.forEach((value, place) => {
        const id = event.outputs[place];
        if (isSkipped(value)) return;
        if (shown[id] > own) return told.data[place] = unchanged;
        shown[id] = own;
        left[id] = value;
      });
      return [told, status];
    } finally {
      pending.delete(press);
      note(++number);
      leave(left);
    }
  }

  window.fetch = async (address, given) => {
    if (!String(address).includes('/run/predict')) return fetched(address, given);
    const body = JSON.parse(given.body);
    const event = window.gradio_config.dependencies.find(each => each.id === body.fn_index);
    const way = event.targets.some(target => target[1] === 'tick') ? look : press;
    const [told, status] = await way(event, address, given, body);
    return new Response(JSON.stringify(told), {status});
  };
})();
