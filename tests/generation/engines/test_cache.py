import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

import pytest

from generation.engines.base import EngineSpec, ImageRequest, ImageResult, OnStep
from generation.engines.cache import EngineCache
from generation.engines.errors import EngineLoadError


class CountingEngine:
    """Counts loads and unloads, and complains about a second user at the same time."""

    def __init__(self, name: str, size: int = 10, *, fail: bool = False) -> None:
        self.spec = EngineSpec(name, "image", "test", 64, 1, size, "cpu", "float32", "")
        self.loads = self.unloads = 0
        self.load_may_end = threading.Event()
        self.load_may_end.set()
        self._fail = fail

    def load(self) -> None:
        self.load_may_end.wait(10)
        self.loads += 1
        if self._fail:
            raise EngineLoadError

    def run(self, requests: Sequence[ImageRequest], on_step: OnStep) -> list[ImageResult]:
        return []

    def unload(self) -> None:
        self.unloads += 1


def _use(cache: EngineCache, engine: CountingEngine) -> None:
    with cache.use(engine.spec.name, lambda: engine):
        pass


def _names(cache: EngineCache) -> list[str]:
    return [spec.name for spec in cache.loaded()]


def test_use_loads_once_and_unloads_nothing() -> None:
    cache, engine = EngineCache(100), CountingEngine("a")
    for _ in range(3):
        _use(cache, engine)
    assert (engine.loads, engine.unloads) == (1, 0)
    assert cache.loaded() == [engine.spec]


def test_use_beyond_the_budget_evicts_the_least_recently_used() -> None:
    cache = EngineCache(30)
    a, b, c, d = engines = [CountingEngine(name) for name in "abcd"]
    for engine in (a, b, c, a, d):
        _use(cache, engine)
    assert _names(cache) == ["c", "a", "d"]
    assert [engine.unloads for engine in engines] == [0, 1, 0, 0]


def test_use_evicts_before_it_loads() -> None:
    cache, old, new = EngineCache(15), CountingEngine("old"), CountingEngine("new")
    _use(cache, old)
    new.load = lambda: order.append(old.unloads)  # type: ignore[method-assign]
    order: list[int] = []
    _use(cache, new)
    assert order == [1]


def test_engine_larger_than_the_budget_stays_until_another_is_used() -> None:
    cache, large, small = EngineCache(5), CountingEngine("large"), CountingEngine("small", 1)
    _use(cache, large)
    _use(cache, large)
    assert (large.loads, large.unloads) == (1, 0)
    _use(cache, small)
    assert _names(cache) == ["small"]


def test_engine_in_use_is_never_evicted() -> None:
    cache, used, other = EngineCache(15), CountingEngine("used"), CountingEngine("other")
    with cache.use("used", lambda: used):
        _use(cache, other)
        assert used.unloads == 0
    assert (used.unloads, other.unloads) == (1, 0)
    assert _names(cache) == ["other"]


def test_use_whose_load_fails_leaves_nothing_behind() -> None:
    cache = EngineCache(100)
    with pytest.raises(EngineLoadError), cache.use("a", lambda: CountingEngine("a", fail=True)):
        pass
    assert cache.loaded() == []
    _use(cache, CountingEngine("a"))
    assert _names(cache) == ["a"]


def test_use_whose_body_fails_keeps_the_engine() -> None:
    cache, engine = EngineCache(100), CountingEngine("a")
    with pytest.raises(ZeroDivisionError), cache.use("a", lambda: engine):
        raise ZeroDivisionError
    _use(cache, engine)
    assert engine.loads == 1


def test_drop_all_unloads_and_counts() -> None:
    cache, engines = EngineCache(100), [CountingEngine(name) for name in "ab"]
    for engine in engines:
        _use(cache, engine)
    assert cache.drop_all() == 2
    assert [engine.unloads for engine in engines] == [1, 1]
    assert cache.loaded() == []
    assert cache.drop_all() == 0


def test_drop_all_unloads_an_engine_in_use_when_it_is_released() -> None:
    cache, engine = EngineCache(100), CountingEngine("a")
    with cache.use("a", lambda: engine):
        assert cache.drop_all() == 1
        assert engine.unloads == 0
    assert engine.unloads == 1
    assert cache.loaded() == []
    _use(cache, engine)
    assert (engine.loads, engine.unloads) == (2, 1)


def test_closed_cache_refuses_use() -> None:
    cache, engine = EngineCache(100), CountingEngine("a")
    _use(cache, engine)
    cache.close()
    assert engine.unloads == 1
    with pytest.raises(RuntimeError, match="closed"):
        _use(cache, engine)


def test_close_while_an_engine_loads_unloads_it_afterwards() -> None:
    cache, engine = EngineCache(100), CountingEngine("a")
    engine.load_may_end.clear()
    with ThreadPoolExecutor() as pool:
        user = pool.submit(_use, cache, engine)
        _wait_until(lambda: bool(cache._slots))
        cache.close()
        engine.load_may_end.set()
        user.result(10)
    assert (engine.loads, engine.unloads) == (1, 1)


def test_use_by_many_threads_loads_once_and_has_one_user_at_a_time() -> None:
    cache, engine = EngineCache(100), CountingEngine("a")
    inside, most = 0, 0
    guard = threading.Lock()

    def work() -> None:
        nonlocal inside, most
        for _ in range(50):
            with cache.use("a", lambda: engine):
                with guard:
                    inside += 1
                    most = max(most, inside)
                with guard:
                    inside -= 1

    _in_threads(8, work)
    assert (engine.loads, most) == (1, 1)


def test_use_of_another_key_does_not_wait_for_a_load() -> None:
    cache, slow, quick = EngineCache(100), CountingEngine("slow"), CountingEngine("quick")
    slow.load_may_end.clear()
    with ThreadPoolExecutor() as pool:
        loading = pool.submit(_use, cache, slow)
        _wait_until(lambda: bool(cache._slots))
        pool.submit(_use, cache, quick).result(10)
        assert not loading.done()
        slow.load_may_end.set()
        loading.result(10)
    assert sorted(_names(cache)) == ["quick", "slow"]


def test_use_drop_and_eviction_by_many_threads_keep_loads_and_unloads_even() -> None:
    cache = EngineCache(25)
    made: list[CountingEngine] = []
    running: dict[str, int] = {}
    guard = threading.Lock()

    def create(name: str) -> CountingEngine:
        engine = CountingEngine(name)
        with guard:
            made.append(engine)
        return engine

    def work(index: int) -> None:
        for turn in range(60):
            name = "abcde"[(index + turn) % 5]
            with cache.use(name, lambda name=name: create(name)) as engine:  # type: ignore[misc]
                with guard:
                    running[name] = running.get(name, 0) + 1
                    assert running[name] == 1
                assert isinstance(engine, CountingEngine)
                assert (engine.loads, engine.unloads) == (1, 0)
                with guard:
                    running[name] -= 1
            if turn % 20 == index:
                cache.drop_all()

    with ThreadPoolExecutor(6) as pool:
        for future in [pool.submit(work, index) for index in range(6)]:
            future.result(60)
    assert sum(spec.bytes for spec in cache.loaded()) <= 25
    cache.close()
    assert all((engine.loads, engine.unloads) == (1, 1) for engine in made)
    assert not cache._slots


def _in_threads(count: int, work: Callable[[], None]) -> None:
    with ThreadPoolExecutor(count) as pool:
        for future in [pool.submit(work) for _ in range(count)]:
            future.result(60)


def _wait_until(condition: Callable[[], bool]) -> None:
    done = threading.Event()
    for _ in range(1000):
        if condition():
            return
        done.wait(0.01)
    raise AssertionError("it did not happen within 10 s")


def test_drop_unloads_what_is_unwanted_and_nothing_else() -> None:
    cache = EngineCache(100)
    engines = [CountingEngine(name) for name in "abc"]
    for engine in engines:
        _use(cache, engine)

    with cache.use("a", lambda: engines[0]):
        assert cache.drop(lambda spec: spec.name in ("a", "b")) == 2
        assert [engine.unloads for engine in engines] == [0, 1, 0]

    assert [engine.unloads for engine in engines] == [1, 1, 0]
    assert _names(cache) == ["c"]
    assert cache.drop(lambda spec: spec.name == "a") == 0
