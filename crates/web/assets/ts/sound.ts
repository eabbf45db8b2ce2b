// Short tones for a big state, once the user asked for sound; the wish is remembered.

import { store } from "./store.ts";

export type Play = (kind: string) => void;

// Hertz and milliseconds, one after the other: told apart with eyes closed.
const tones: Record<string, readonly (readonly [number, number])[]> = {
  ok: [[660, 90], [880, 160]],
  warn: [[520, 140], [520, 140]],
  stop: [[220, 220], [180, 360]],
  wait: [[440, 60]],
};

export function sound(): Play {
  let context: AudioContext | undefined;
  let on = store.local("sound") === "on";
  const show = () => {
    for (const button of document.querySelectorAll<HTMLElement>("[data-sound-toggle]")) {
      button.setAttribute("aria-pressed", String(on));
    }
  };
  const ready = () => {
    if (!on) return;
    context ??= new AudioContext();
    if (context.state === "suspended") void context.resume().catch(() => undefined);
  };
  const play: Play = (kind) => {
    const melody = tones[kind];
    if (!on || !context || context.state !== "running" || !melody) return;
    let at = context.currentTime + 0.02;
    for (const [hertz, ms] of melody) {
      const tone = context.createOscillator();
      const level = context.createGain();
      tone.type = kind === "stop" ? "square" : "sine";
      tone.frequency.value = hertz;
      level.gain.setValueAtTime(0, at);
      level.gain.linearRampToValueAtTime(kind === "stop" ? 0.12 : 0.25, at + 0.015);
      level.gain.setTargetAtTime(0, at + ms / 1000, 0.02);
      tone.connect(level).connect(context.destination);
      tone.start(at);
      at += ms / 1000 + 0.08;
      tone.stop(at);
    }
  };
  document.addEventListener("click", (event) => {
    const button = event.target instanceof Element ? event.target.closest("[data-sound-toggle]") : null;
    if (button) {
      on = !on;
      store.setLocal("sound", on ? "on" : "off");
      show();
    }
    ready();
    if (button && on) setTimeout(() => play("ok"), 150);
  });
  // A browser lets a page sound only after the user did something on it.
  document.addEventListener("keydown", ready);
  document.addEventListener("live:load", show);
  show();
  return play;
}
