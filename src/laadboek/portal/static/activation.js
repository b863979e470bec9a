// The form of a platform while somebody types (manual 4.3). The same rules are in `actions/link_address.py`; a test compares them.

// Taken apart by hand, like the server does: a browser's URL would put things right in silence.
export function parts(uri) {
  const found = /^(wss?):\/\/([^/?#]*)([^?#]*)(\?[^#]*)?(#.*)?$/.exec(uri);
  return found && { scheme: found[1], authority: found[2], path: found[3], query: found[4] ?? "", fragment: found[5] ?? "" };
}

function hostOf(authority) {
  const found = /^(\[[0-9a-fA-F:.]+\]|[^:\[\]@]+)(:\d*)?$/.exec(authority.slice(authority.lastIndexOf("@") + 1));
  return found && Number((found[2] ?? ":").slice(1)) <= 65535 ? found[1] : "";
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// The code of what is wrong with an address, or null.
export function problemOf(uri, chargeBoxId) {
  const found = parts(uri);
  if (!found || uri.length > 512 || !/^[!-~]*$/.test(uri) || !hostOf(found.authority)) return "link.bad_uri";
  if (found.authority.includes("@")) return "link.uri_with_user";
  if (uri.includes("?") || uri.includes("#")) return "link.uri_with_query";
  if (endsWithId(uri, chargeBoxId)) return "link.uri_with_charge_box_id";
  if (!uri.endsWith("/")) return "link.uri_without_slash";
  return null;
}

export function endsWithId(uri, chargeBoxId) {
  const path = (parts(uri)?.path ?? "").replace(/\/+$/, "");
  return chargeBoxId !== "" && decoded(path.slice(path.lastIndexOf("/") + 1)) === chargeBoxId;
}

// Without an appended ChargeBoxID, and with its last slash.
export function putRight(uri, chargeBoxId) {
  if (endsWithId(uri, chargeBoxId)) {
    const bare = uri.replace(/\/+$/, "");
    uri = bare.slice(0, bare.lastIndexOf("/"));
  }
  return uri.endsWith("/") ? uri : uri + "/";
}

const MENDED = ["link.uri_with_charge_box_id", "link.uri_without_slash"];

function watchAddress(form) {
  const uri = form.elements.backend_uri;
  const box = form.elements.charge_box_id;
  const mend = form.querySelector("[data-put-right]");
  const stale = form.querySelector("#backend_uri-wrong");
  const look = () => {
    const code = uri.value.trim() === "" ? null : problemOf(uri.value.trim(), box.value.trim());
    if (stale) stale.hidden = true;
    for (const said of form.querySelectorAll("[data-problem]")) said.hidden = said.dataset.problem !== code;
    mend.hidden = !MENDED.includes(code);
    uri.setAttribute("aria-invalid", String(code !== null));
    if (code === null) uri.removeAttribute("aria-invalid");
  };
  uri.addEventListener("input", look);
  box.addEventListener("input", look);
  mend.addEventListener("click", () => {
    uri.value = putRight(uri.value.trim(), box.value.trim());
    look();
    uri.focus();
  });
  if (stale) {
    const code = problemOf(uri.value.trim(), box.value.trim());
    mend.hidden = !MENDED.includes(code);
  }
}

// The user name moves along with the ChargeBoxID until somebody changes it on purpose.
function watchName(form) {
  const box = form.elements.charge_box_id;
  const user = form.elements.user_name;
  let before = box.value;
  box.addEventListener("input", () => {
    if (user.value === "" || user.value === before) user.value = box.value;
    before = box.value;
  });
}

// Parts that only make sense with a choice: `data-when="role=control&decides=local"`.
function watchChoices(form) {
  const show = () => {
    const chosen = new FormData(form);
    for (const part of form.querySelectorAll("[data-when]")) {
      part.hidden = !part.dataset.when.split("&").every((pair) => chosen.get(pair.split("=")[0]) === pair.split("=")[1]);
    }
  };
  form.addEventListener("change", show);
  show();
}

// What a platform is for fills in the rest, without a new page and with what was typed kept.
const USUAL = {
  employer: ["business", "report"],
  registrar: ["all", "report"],
  landlord: ["drivers", "report"],
  operator: ["all", "control"],
  home: ["all", "control"],
};

function watchPurposes(form) {
  for (const link of form.querySelectorAll("[data-purpose]")) {
    link.addEventListener("click", (event) => {
      event.preventDefault();
      const [rule, role] = USUAL[link.dataset.purpose];
      form.querySelector(`[name=rule][value=${rule}]`).checked = true;
      const wanted = form.querySelector(`[name=role][value=${role}]`);
      (wanted.disabled ? form.querySelector("[name=role][value=report]") : wanted).checked = true;
      for (const other of form.querySelectorAll("[data-purpose]")) other.removeAttribute("aria-current");
      link.setAttribute("aria-current", "true");
      form.dispatchEvent(new Event("change"));
    });
  }
}

const form = globalThis.document?.getElementById("activation");
if (form) {
  if (form.elements.backend_uri) {
    watchAddress(form);
    watchName(form);
  }
  watchChoices(form);
  watchPurposes(form);
}
