// Where the boxes and lines of the flow's picture are. Pure: no page.

/**
 * A picture as wide as its container: from left to right where there is room (`wide`), else from top to bottom.
 * @param {string[]} names Of the functions.
 * @param {boolean} hasCluster Whether there is a cluster that is observed, by the last function.
 */
export function layout(names, width, hasCluster) {
  const n = names.length;
  return width > 320 + n * 108 ? wideLayout(names, width, n, hasCluster) : tallLayout(names, width, n, hasCluster);
}

function wideLayout(names, width, n, hasCluster) {
  const side = Math.min(170, Math.max(112, width * 0.125));
  const [left, right] = [side + 34, width - side - 34];
  const step = (right - left) / n;
  const boxWidth = Math.min(step - 12, 190);
  return {
    wide: true,
    size: [width, 272],
    gitea: { x: 2, y: 34, width: side, height: 176 },
    registry: { x: width - side - 2, y: 34, width: side, height: hasCluster ? 88 : 176 },
    ...(hasCluster && { cluster: { x: width - side - 2, y: 142, width: side, height: 68 } }),
    broker: { x: left, y: 34, width: right - left, height: 48 },
    clock: { x: (left + right) / 2, y: 13 },
    functions: names.map((name, i) => ({
      name,
      x: left + step * i + (step - boxWidth) / 2,
      y: 142,
      width: boxWidth,
      height: 68,
    })),
    bus: { gitea: 238, registry: 256 },
  };
}

function tallLayout(names, width, n, hasCluster) {
  const step = 86;
  const top = 116;
  const last = top + step * n;
  const bottom = last + (hasCluster ? step : 0);
  const [left, bar] = [40, Math.min(86, width * 0.24)];
  const boxWidth = Math.min(230, width - left - bar - 62);
  const barX = left + boxWidth + 60;
  return {
    wide: false,
    size: [width, bottom + 78],
    gitea: { x: left, y: 4, width: boxWidth, height: 64 },
    registry: { x: left, y: bottom + 10, width: boxWidth, height: 64 },
    ...(hasCluster && { cluster: { x: left, y: last + 10, width: boxWidth, height: 64 } }),
    broker: { x: barX, y: top - 6, width: bar, height: step * n - 10 },
    clock: { x: barX + bar / 2, y: top - 44 },
    functions: names.map((name, i) => ({ name, x: left, y: top + step * i, width: boxWidth, height: 64 })),
    bus: { gitea: 10, registry: 24 },
  };
}

/**
 * Every way that an event, a webhook or a call may take, as `from to`.
 * @param {ReturnType<typeof layout>} picture
 * @param {(name: string) => boolean} subscribes Whether the broker sends that function anything.
 * @returns {{ name: string, d: string, kind: 'event' | 'call' | 'webhook' }[]}
 */
export function linesOf({ wide, gitea, registry, cluster, broker, functions, bus, clock }, subscribes) {
  const taker = functions[0];
  const below = (box) => box.y + box.height;
  const beside = (box) => box.x + box.width;
  const middle = (box) => ({ x: box.x + box.width / 2, y: box.y + box.height / 2 });
  const webhook = wide
    ? `M${beside(gitea)} ${middle(taker).y}H${taker.x}`
    : `M${middle(gitea).x} ${below(gitea)}V${taker.y}`;
  // Past the cluster, where one stands below the registry.
  const aside = registry.x - 14;
  const wideToRegistry = cluster
    ? `H${aside - 8}q8 0 8 -8V${middle(registry).y + 8}q0 -8 8 -8H${registry.x}`
    : `H${middle(registry).x - 8}q8 0 8 -8V${below(registry)}`;
  const ways = functions.flatMap((box) => {
    const { x, y } = middle(box);
    const [post, take, toGitea, toRegistry] = wide
      ? [
          `M${x - 14} ${box.y}V${below(broker)}`,
          `M${x + 14} ${below(broker)}V${box.y}`,
          `M${x - 14} ${below(box)}V${bus.gitea - 8}q0 8 -8 8H${middle(gitea).x + 8}q-8 0 -8 -8V${below(gitea)}`,
          `M${x + 14} ${below(box)}V${bus.registry - 8}q0 8 8 8${wideToRegistry}`,
        ]
      : [
          `M${beside(box)} ${y - 10}H${broker.x}`,
          `M${broker.x} ${y + 10}H${beside(box)}`,
          `M${box.x} ${y - 10}H${bus.gitea + 8}q-8 0 -8 -8V${middle(gitea).y + 8}q0 -8 8 -8H${gitea.x}`,
          `M${box.x} ${y + 10}H${bus.registry + 8}q-8 0 -8 8V${middle(registry).y - 8}q0 8 8 8H${registry.x}`,
        ];
    return [
      { name: `${box.name} broker`, d: post, kind: 'event' },
      ...(subscribes(box.name) ? [{ name: `broker ${box.name}`, d: take, kind: 'event' }] : []),
      { name: `${box.name} gitea`, d: toGitea, kind: 'call' },
      { name: `${box.name} registry`, d: toRegistry, kind: 'call' },
    ];
  });
  const observer = functions.at(-1);
  const toCluster = wide
    ? `M${beside(observer)} ${middle(observer).y}H${cluster?.x}`
    : `M${middle(observer).x} ${below(observer)}V${cluster?.y}`;
  return [
    ...ways,
    ...(cluster ? [{ name: `${observer.name} cluster`, d: toCluster, kind: 'call' }] : []),
    { name: `gitea ${taker.name}`, d: webhook, kind: 'webhook' },
    { name: 'clock broker', d: `M${clock.x} ${clock.y + 10}V${broker.y}`, kind: 'event' },
  ];
}
