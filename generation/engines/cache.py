"""Loaded engines, kept within a budget of bytes: the least recently used goes first, one in use never."""

from collections import OrderedDict
from collections.abc import Callable, Hashable, Iterator
from contextlib import contextmanager
from threading import Lock

from generation.engines.base import Engine, EngineSpec


class _Slot:
    """A place for one engine. `lock` is held while it loads and while it is used: an engine has one user at a time."""

    def __init__(self) -> None:
        self.lock = Lock()
        self.engine: Engine | None = None
        self.users = 0  # holders of the lock and those who wait for it
        self.drop_on_release = False


class EngineCache:
    """At most `budget_bytes` of models, but always the one that was used last, however large it is."""

    def __init__(self, budget_bytes: int) -> None:
        self._budget_bytes = budget_bytes
        self._guard = Lock()  # protects what follows; never held while a model loads
        self._slots: OrderedDict[Hashable, _Slot] = OrderedDict()  # least recently used first
        self._closed = False

    @contextmanager
    def use(self, key: Hashable, create: Callable[[], Engine]) -> Iterator[Engine]:
        """The engine of `key`, loaded, for this thread alone. `create` makes it, not loaded, when it is not there.

        Other threads with the same key wait. Raises what `create` and `load` raise; nothing stays cached then.
        """
        slot = self._enter(key)
        try:
            with slot.lock:
                if slot.engine is None:
                    self._refuse_if_closed()
                    engine = create()
                    self._make_room(engine.spec.bytes)
                    engine.load()
                    slot.engine = engine
                    self._make_room(0)
                try:
                    yield slot.engine
                finally:
                    self._drop_if_told(slot)
        finally:
            self._leave(key, slot)

    def drop_all(self) -> int:
        """Unload everything and return how many engines that are. One in use is unloaded when it is released."""
        return self.drop(lambda spec: True)

    def drop(self, unwanted: Callable[[EngineSpec], bool]) -> int:
        """Unload those that are `unwanted` and return how many that are. One in use is unloaded when it is released."""

        def drops(slot: _Slot) -> bool:
            return slot.engine is not None and unwanted(slot.engine.spec)

        with self._guard:
            leaving = [slot for slot in self._slots.values() if drops(slot)]
            for slot in leaving:
                slot.drop_on_release = slot.users > 0
            idle = self._take(drops)
        for engine in idle:
            engine.unload()
        return len(leaving)

    def loaded(self) -> list[EngineSpec]:
        """What is loaded, least recently used first."""
        with self._guard:
            return [slot.engine.spec for slot in self._slots.values() if slot.engine is not None]

    def close(self) -> None:
        """Unload everything and refuse further use."""
        with self._guard:
            self._closed = True
        self.drop_all()

    def _enter(self, key: Hashable) -> _Slot:
        with self._guard:
            self._refuse_if_closed()
            slot = self._slots.setdefault(key, _Slot())
            self._slots.move_to_end(key)
            slot.users += 1
            return slot

    def _leave(self, key: Hashable, slot: _Slot) -> None:
        with self._guard:
            slot.users -= 1
            if slot.engine is None and slot.users == 0:
                del self._slots[key]
        if self._closed:
            self.drop_all()
        else:
            self._make_room(0)

    def _refuse_if_closed(self) -> None:
        if self._closed:
            raise RuntimeError("the engine cache is closed")

    def _drop_if_told(self, slot: _Slot) -> None:
        with self._guard:
            engine = slot.engine if slot.drop_on_release else None
            if engine is not None:
                slot.engine, slot.drop_on_release = None, False
        if engine is not None:
            engine.unload()

    def _make_room(self, incoming_bytes: int) -> None:
        """Unload idle engines, least recently used first, until `incoming_bytes` more fit or none is left to unload."""
        with self._guard:
            last = next(reversed(self._slots.values()), None)
            victims = self._take(lambda slot: slot is not last and self._bytes() + incoming_bytes > self._budget_bytes)
        for engine in victims:
            engine.unload()

    def _take(self, wanted: Callable[[_Slot], bool]) -> list[Engine]:
        """Remove the idle slots that are `wanted` and return their engines. The guard is held."""
        taken = []
        for key, slot in list(self._slots.items()):
            if slot.users == 0 and slot.engine is not None and wanted(slot):
                taken.append(slot.engine)
                del self._slots[key]
        return taken

    def _bytes(self) -> int:
        return sum(slot.engine.spec.bytes for slot in self._slots.values() if slot.engine is not None)
