"""A running exchange for tests: `vitrine serve` in a folder of its own, its operator, its clients."""
import json
import os
import re
import signal
import socket
import subprocess
import tempfile
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.realpath(__file__))))
VITRINE = os.environ.get("VITRINE_BINARY", os.path.join(ROOT, "build", "release", "host", "vitrine"))
START_S, STOP_S = 60, 30
PRICES = {"BTC_USDC_PERP": 60000, "ETH_USDC_PERP": 3000, "SOL_USDC_PERP": 150, "BTC_USDC": 60000, "SOL_USDC": 150,
          "ETH_USDC": 3000}
ASSETS = {"BTC": 60000, "ETH": 3000, "SOL": 150}


class Failure(Exception):
    pass


def run(*arguments, check=None, **options):
    """vitrine ARGUMENTS; `check`: the exit status it must have."""
    done = subprocess.run([VITRINE, *map(str, arguments)], capture_output=True, text=True, timeout=300, **options)
    if check is not None and done.returncode != check:
        raise Failure(f"vitrine {' '.join(map(str, arguments))}: exit status {done.returncode}, expected {check}\n"
                      f"{done.stdout[-2000:]}{done.stderr[-2000:]}")
    return done


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Exchange:
    """Started on entry, killed on exit."""

    def __init__(self, engine="model", options=(), folder=None):
        self.own = None if folder else tempfile.TemporaryDirectory(prefix="vitrine-test-")
        self.folder = folder or self.own.name
        self.data = os.path.join(self.folder, "data")
        self.engine, self.options = engine, list(options)
        self.port, self.key_port = free_port(), free_port()
        self.process = None

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process and self.process.poll() is None:
            self.kill()
        if self.own:
            self.own.cleanup()

    def start(self, *more):
        """Returns once it answers; raises with what it said where it ends instead."""
        self.log = open(os.path.join(self.folder, "serve.log"), "a", encoding="utf-8")
        self.process = subprocess.Popen(
            [VITRINE, "serve", "--directory", self.data, "--engine", self.engine, "--port", str(self.port),
             "--key-port", str(self.key_port), "--fixed-password", "secret", *self.options, *more],
            stdout=self.log, stderr=self.log)
        end = time.monotonic() + START_S
        while time.monotonic() < end:
            if self.process.poll() is not None:
                raise Failure(f"serve ended with {self.process.returncode}:\n{self.said()}")
            if os.path.exists(os.path.join(self.data, "admin.socket")) and self.admin("status").returncode == 0:
                return self
            time.sleep(0.05)
        raise Failure(f"serve does not answer:\n{self.said()}")

    def said(self):
        with open(os.path.join(self.folder, "serve.log"), encoding="utf-8") as log:
            return log.read()[-3000:]

    def kill(self):
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        if self.process.wait(STOP_S) != 0:
            raise Failure(f"a clean stop ended with {self.process.returncode}:\n{self.said()}")

    def admin(self, *words, check=None):
        return run("admin", "--directory", self.data, "--json", *words, check=check)

    def ask(self, *words):
        return json.loads(self.admin(*words, check=0).stdout)

    def prices(self):
        for asset, price in ASSETS.items():
            self.ask("index", f"asset={asset}", f"price={price}")
        for market, price in PRICES.items():
            self.ask("marks", f"market={market}", f"price={price}")

    def add_user(self, name, usdc=1000000, *more):
        self.ask("account", "create", f"name={name}")
        self.ask("subaccount", "create", f"account={name}", "name=main")
        self.ask("user", "set", f"name={name}", f"account={name}", "cancel_on_disconnect=false", *more)
        self.ask("deposit", f"subaccount={name}/main", "asset=USDC", f"amount={usdc}", f"id=first-{name}")

    def client(self, user, script, *more, check=0):
        """Runs a client's script; its messages as a list of dictionaries."""
        with tempfile.NamedTemporaryFile("w", suffix=".txt", delete=False) as file:
            file.write(script)
        try:
            done = run("client", "--user", user, "--password", "secret", "--port", self.port, "--json", *more,
                       file.name, check=check)
        finally:
            os.unlink(file.name)
        return [json.loads(line) for line in done.stdout.splitlines() if line.startswith("{")]

    def metric(self, name):
        text = self.admin("metrics").stdout
        found = re.search(rf"^{name}(?:{{[^}}]*}})? ([0-9.e+]+)$", text.replace("\\n", "\n"), re.M)
        return float(found[1]) if found else None


class Tests:
    """Counts, and goes on after a failure."""

    def __init__(self):
        self.passed = self.failed = 0

    def run(self, name, function):
        try:
            function()
        except Exception as error:  # whatever it is, it is a failure of that test
            self.failed += 1
            print(f"FAILED: {name}: {type(error).__name__}: {error}")
        else:
            self.passed += 1
            print(f"ok: {name}")

    def end(self):
        print(f"{self.passed} passed, {self.failed} failed")
        return 1 if self.failed else 0
