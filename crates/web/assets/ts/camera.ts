// Reads a QR code from the camera, or from a picture, into the text field of a form, and sends it.
// Without camera, or when it is not allowed, the picture and the text field remain.

import type { Found, Picture } from "./scan.ts";

for (const root of document.querySelectorAll<HTMLElement>("[data-camera]")) attach(root);

function attach(root: HTMLElement): void {
  const part = <T extends HTMLElement>(name: string) => root.querySelector<T>(name);
  const target = document.getElementById(root.dataset["camera"] ?? "");
  const video = part<HTMLVideoElement>("video");
  const words = part("[role=status]");
  const start = part<HTMLButtonElement>("[data-camera-start]");
  const stop = part<HTMLButtonElement>("[data-camera-stop]");
  const torch = part<HTMLButtonElement>("[data-camera-torch]");
  const file = part("[data-camera-file]");
  const input = file?.querySelector("input");
  const workerSrc = root.dataset["worker"];
  if (!(target instanceof HTMLTextAreaElement || target instanceof HTMLInputElement)) return;
  if (!video || !words || !start || !stop || !torch || !file || !input || !workerSrc) return;

  const worker = new Worker(workerSrc);
  const canvas = document.createElement("canvas");
  const context = canvas.getContext("2d", { willReadFrequently: true });
  let stream: MediaStream | undefined;
  let turn = 0;

  const say = (key: string) => {
    words.textContent = root.dataset[key] ?? "";
  };
  const show = (element: HTMLElement, seen: boolean) => element.classList.toggle("d-none", !seen);

  const look = (source: CanvasImageSource, width: number, height: number, longest: number, thorough: boolean): Promise<string | null> => {
    const scale = Math.min(1, longest / Math.max(width, height));
    canvas.width = Math.max(1, Math.round(width * scale));
    canvas.height = Math.max(1, Math.round(height * scale));
    if (!context) return Promise.resolve(null);
    context.drawImage(source, 0, 0, canvas.width, canvas.height);
    const image = context.getImageData(0, 0, canvas.width, canvas.height);
    const id = (turn += 1);
    return new Promise((done) => {
      const heard = ({ data: found }: MessageEvent<Found>) => {
        if (found.id !== id) return;
        worker.removeEventListener("message", heard);
        done(found.text);
      };
      worker.addEventListener("message", heard);
      const picture: Picture = { id, data: image.data.buffer as ArrayBuffer, width: canvas.width, height: canvas.height, thorough };
      worker.postMessage(picture, [picture.data]);
    });
  };

  const take = (text: string) => {
    end();
    say("found");
    navigator.vibrate?.(80);
    target.value = text;
    target.form?.requestSubmit();
  };

  const end = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = undefined;
    video.srcObject = null;
    [video, stop, torch].forEach((element) => show(element, false));
    show(start, canFilm);
  };

  const watch = async () => {
    // About ten looks a second; every fourth one tries harder.
    for (let round = 0; stream; round += 1) {
      const began = performance.now();
      if (video.readyState >= 2 && video.videoWidth > 0) {
        const text = await look(video, video.videoWidth, video.videoHeight, 960, round % 4 === 3);
        if (text && stream) return take(text);
      }
      await new Promise((next) => setTimeout(next, Math.max(20, 100 - (performance.now() - began))));
    }
  };

  start.addEventListener("click", async () => {
    try {
      stream = await navigator.mediaDevices.getUserMedia({
        audio: false,
        video: { facingMode: { ideal: "environment" }, width: { ideal: 1280 }, height: { ideal: 960 } },
      });
    } catch (error) {
      say(error instanceof DOMException && error.name === "NotAllowedError" ? "denied" : "none");
      return;
    }
    show(start, false);
    show(stop, true);
    show(video, true);
    const track = stream.getVideoTracks()[0];
    const abilities = track?.getCapabilities?.() as (MediaTrackCapabilities & { torch?: boolean }) | undefined;
    show(torch, abilities?.torch === true);
    torch.setAttribute("aria-pressed", "false");
    video.srcObject = stream;
    say("looking");
    await video.play().catch(() => undefined);
    void watch();
  });
  stop.addEventListener("click", () => {
    end();
    words.textContent = "";
    start.focus();
  });
  torch.addEventListener("click", async () => {
    const on = torch.getAttribute("aria-pressed") !== "true";
    const wanted = { advanced: [{ torch: on }] } as unknown as MediaTrackConstraints;
    await stream?.getVideoTracks()[0]?.applyConstraints(wanted).then(() => torch.setAttribute("aria-pressed", String(on)), () => undefined);
  });
  input.addEventListener("change", async () => {
    const picked = input.files?.[0];
    input.value = "";
    if (!picked) return;
    end();
    try {
      const bitmap = await createImageBitmap(picked);
      // A phone's picture is large: first small and quick, then as much as is worth.
      for (const longest of [1000, 1800, 2800]) {
        const text = await look(bitmap, bitmap.width, bitmap.height, longest, true);
        if (text) return take(text);
      }
    } catch {
      // Not a picture: said below.
    }
    say("unread");
  });
  addEventListener("pagehide", end);

  const canFilm = typeof navigator.mediaDevices?.getUserMedia === "function";
  show(start, canFilm);
  show(file, true);
  if (!canFilm) say("none");
}
