// The dots that move along the lines of the flow's picture, and the light of a line that one has taken.
import { s, still } from './dom.js';

/** ms a dot takes from box to box: slower than the event itself, so that one can see it. */
const travel = 700;
/** ms between the beginnings of two dots of one story, so that they follow each other. */
const apart = 320;
/** ms a story's dots may lag behind; what comes later is not drawn. */
const maxLag = 6_000;
/** Dots at once. */
const maxDots = 24;

export function createDots() {
  const lag = new Map();
  let dots = 0;
  return { send };

  /** `how`: go, good, bad, call or lost. */
  function send(path, layer, story, how) {
    const now = performance.now();
    const key = story?.key ?? '';
    const start = Math.max(now, lag.get(key) ?? 0);
    if (start - now > maxLag || dots >= maxDots || document.hidden) return;
    // Calls come in quick succession, so their dots follow each other closely.
    lag.set(key, start + (how === 'call' ? apart / 3 : apart));
    if (lag.size > 200) lag.delete(lag.keys().next().value);
    dots += 1;
    setTimeout(() => {
      flash(path, how);
      if (still()) {
        dots -= 1;
        return;
      }
      const circle = s('circle', { r: how === 'call' ? 4 : 6, class: `dot ${how}` });
      const move = s('animateMotion', {
        dur: `${travel}ms`,
        path: path.getAttribute('d'),
        fill: 'freeze',
        begin: 'indefinite',
        calcMode: 'spline',
        keyTimes: '0;1',
        keySplines: '.4 0 .2 1',
        keyPoints: how === 'lost' ? '0;0.55' : '0;1',
      });
      circle.append(move);
      layer.append(circle);
      move.beginElement();
      const gone = () => {
        circle.remove();
        dots -= 1;
      };
      setTimeout(gone, how === 'lost' ? travel * 2.4 : travel);
    }, start - now);
  }
}

function flash(path, how) {
  path.classList.remove('go', 'good', 'bad', 'call-on', 'lost');
  const name = how === 'call' ? 'call-on' : how;
  path.classList.add(name);
  setTimeout(() => path.classList.remove(name), travel * 1.6);
}
