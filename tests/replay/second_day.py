"""A day of order flow in LOBSTER's format that no exchange ever had: another depth, another tick, packed as published.

Orders come, shrink, go and trade in time priority on books that are deeper than what the file shows; as in the real
files, only what happens within the best levels is told.
"""
import random
import zipfile

NO_LEVEL = 9999999999
NANOSECONDS = 1000000000


class Day:
    def __init__(self, seed, levels, tick, rows):
        self.random = random.Random(seed)
        self.levels, self.tick, self.rows = levels, tick, rows
        self.books = {1: {}, -1: {}}            # direction: {price: [[id, size], ...] oldest first}
        self.next_id = 1000
        self.time_ns = 34200 * NANOSECONDS
        self.messages, self.orderbooks = [], []
        self.executions = 0

    def best(self, side):
        """Prices, best first."""
        return sorted(self.books[side], reverse=side == 1)

    def tell(self, kind, order, size, price, side, visible):
        """Writes a row if the price is, or was, within the best levels."""
        if price not in visible and price not in self.best(side)[:self.levels]:
            return
        seconds, rest = divmod(self.time_ns, NANOSECONDS)
        self.messages.append(f"{seconds}.{rest:09d},{kind},{order},{size},{price},{side}")
        row = []
        asks, bids = self.best(-1), self.best(1)
        for level in range(self.levels):
            for prices, side_of, none in ((asks, -1, NO_LEVEL), (bids, 1, -NO_LEVEL)):
                if level < len(prices):
                    row += [prices[level], sum(size for _, size in self.books[side_of][prices[level]])]
                else:
                    row += [none, 0]
        self.orderbooks.append(",".join(map(str, row)))

    def add(self, side, middle):
        other = self.best(-side)
        edge = other[0] if other else middle + side * self.tick
        distance = 1 + min(int(self.random.expovariate(0.3)), 40)
        price = edge - side * distance * self.tick
        size = self.random.choice((1, 10, 50, 100, 100, 100, 300, 2500))
        self.next_id += self.random.randint(1, 9)
        self.books[side].setdefault(price, []).append([self.next_id, size])
        self.tell(1, self.next_id, size, price, side, ())

    def take(self, side, price, index, size, kind):
        visible = self.best(side)[:self.levels]
        queue = self.books[side][price]
        order = queue[index]
        order[1] -= size
        if order[1] == 0:
            queue.pop(index)
        if not queue:
            del self.books[side][price]
        self.tell(kind, order[0], size, price, side, visible)

    def step(self):
        self.time_ns += int(self.random.expovariate(1e-7))
        side = self.random.choice((1, -1))
        prices = self.best(side)
        dice = self.random.random()
        if dice < 0.5 or len(prices) < 3:
            self.add(side, 250000 * self.tick // 500)
            return
        if dice < 0.6:
            order = self.books[side][prices[0]][0]
            self.executions += 1
            self.take(side, prices[0], 0, self.random.randint(1, order[1]), 4)
            return
        if dice < 0.62:
            # Hidden orders leave the visible book alone.
            self.tell(5, 0, self.random.randint(1, 100), prices[0] + side * self.tick // 2, side, prices[:1])
            return
        price = self.random.choice(prices[:2 * self.levels])
        index = self.random.randrange(len(self.books[side][price]))
        size = self.books[side][price][index][1]
        if dice < 0.7 and size > 1:
            self.take(side, price, index, self.random.randint(1, size - 1), 2)
        else:
            self.take(side, price, index, size, 3)


def write(path, seed=1, levels=5, tick=500, rows=20000):
    """Writes the archive and returns (rows, executions)."""
    day = Day(seed, levels, tick, rows)
    # A book before the first row, of which the file says nothing.
    for _ in range(300):
        day.add(day.random.choice((1, -1)), 250000 * tick // 500)
    day.messages.clear()
    day.orderbooks.clear()
    while len(day.messages) < rows:
        day.step()
    name = f"SECOND_2020-01-02_34200000_57600000_%s_{levels}.csv"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(name % "orderbook", "\n".join(day.orderbooks) + "\n")
        archive.writestr(name % "message", "\n".join(day.messages) + "\n")
    return len(day.messages), day.executions
