"""``dataclass`` without the start-up cost: the same words and behaviour, made when they are first needed.

The standard library's writes and compiles five methods for every class that is defined, and imports ``inspect``; for
the classes on the way of ``archlint check`` that is a third of the time of a whole run. Here a class gets methods that
exist already, and its ``__init__`` is compiled when it is worth it. What this module does not know
(``__post_init__``, fields outside of ``__init__``) it hands to the standard library; type checkers see only that one.
"""

from __future__ import annotations

from operator import attrgetter, ge, gt, le, lt
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from dataclasses import dataclass as dataclass
    from dataclasses import field as field
    from dataclasses import fields as fields
    from dataclasses import replace as replace
    from functools import cached_property as cached_property
    from typing import NamedTuple as NamedTuple
else:
    from collections import namedtuple

    class _Tuples(type):
        """Makes a class of fields a named tuple, as ``typing.NamedTuple`` does, which compiles every annotation."""

        def __new__(cls, name, bases, namespace):
            fields = tuple(namespace.get("__annotations__", ()))
            defaults = [namespace[each] for each in fields if each in namespace]
            made = namedtuple(name, fields, defaults=defaults, module=namespace["__module__"])
            for key, value in namespace.items():
                if key not in fields and key != "__module__":
                    setattr(made, key, value)
            return made

    class cached_property:  # noqa: N801 (it stands for one of that name)
        """A property that is worked out once, as ``functools.cached_property``, which takes a lock each time."""

        def __init__(self, function):
            self.function = function
            self.__doc__ = function.__doc__

        def __set_name__(self, owner, name):
            self.name = name

        def __get__(self, value, owner=None):
            if value is None:
                return self
            found = value.__dict__[self.name] = self.function(value)
            return found

    NamedTuple = type.__new__(_Tuples, "NamedTuple", (), {"__module__": __name__})

    _MISSING = object()
    _FEW = 2
    _KNOWN = {"frozen", "slots", "eq", "order", "kw_only", "weakref_slot"}

    class _Field:
        """One field: its name, where its value comes from, and what it takes part in."""

        __slots__ = ("compare", "default", "default_factory", "kw_only", "name", "repr", "type")

        def __init__(self, default, default_factory, repr, compare):  # noqa: A002
            self.default, self.default_factory, self.repr, self.compare = (
                default,
                default_factory,
                repr,
                compare,
            )
            self.name = self.type = ""
            self.kw_only = False

    def field(*, default=_MISSING, default_factory=_MISSING, repr=True, compare=True, **more):  # noqa: A002
        """Describe a field, as ``dataclasses.field`` does."""
        if more:
            import dataclasses

            given = {"default": default, "default_factory": default_factory}
            given = {name: value for name, value in given.items() if value is not _MISSING}
            return dataclasses.field(repr=repr, compare=compare, **given, **more)
        return _Field(default, default_factory, repr, compare)

    def dataclass(cls=None, /, **options):
        """Make ``cls`` a data class, as ``dataclasses.dataclass`` does."""
        return _made(cls, options) if cls is not None else lambda cls: _made(cls, options)

    def fields(value):
        """Return the fields of a data class or of an instance of one."""
        own = getattr(value, "__value_fields__", None)
        if own is None:
            import dataclasses

            return dataclasses.fields(value)
        return tuple(own.values())

    def replace(value, /, **changes):
        """Return a copy of ``value`` with some fields changed."""
        own = getattr(value, "__value_fields__", None)
        if own is None:
            import dataclasses

            return dataclasses.replace(value, **changes)
        for name in own:
            if name not in changes:
                changes[name] = getattr(value, name)
        return value.__class__(**changes)

    def _made(cls, options):
        found = None if options.keys() - _KNOWN else _fields_of(cls, options.get("kw_only", False))
        if found is None:
            return _standard(cls, options)
        slots, frozen = options.get("slots", False), options.get("frozen", False)
        namespace = cls.__dict__
        for name, each in found.items():
            if name in cls.__annotations__ and name in namespace and isinstance(namespace[name], _Field):
                if each.default is _MISSING:
                    delattr(cls, name)
                else:
                    setattr(cls, name, each.default)
        if slots:
            cls = _with_slots(cls, found, options.get("weakref_slot", False))
        own = cls.__dict__
        cls.__value_fields__ = found
        cls.__dataclass_fields__ = _Standard(found)
        cls.__match_args__ = tuple(name for name, each in found.items() if not each.kw_only)
        if "__init__" not in own:
            cls.__init__ = _first_init(cls, found, frozen, slots)
        if "__repr__" not in own:
            cls.__repr__ = _repr
        if options.get("eq", True):
            if "__eq__" not in own:
                compared = [name for name, each in found.items() if each.compare]
                cls.__value_key__ = staticmethod(attrgetter(*compared) if compared else _nothing)
                cls.__eq__ = _eq
            if own.get("__hash__") is None:
                cls.__hash__ = _hash if frozen else None
        if options.get("order"):
            cls.__lt__, cls.__le__, cls.__gt__, cls.__ge__ = map(_ordering, (lt, le, gt, ge))
        if frozen:
            cls.__setattr__ = _refuse
            cls.__delattr__ = _refuse
            if slots:
                cls.__getstate__ = _state
                cls.__setstate__ = _restore
        return cls

    def _standard(cls, options):
        """Let the standard library make the class."""
        import dataclasses

        for name, given in list(cls.__dict__.items()):
            if isinstance(given, _Field):
                words = {"default": given.default, "default_factory": given.default_factory}
                words = {word: value for word, value in words.items() if value is not _MISSING}
                setattr(cls, name, dataclasses.field(repr=given.repr, compare=given.compare, **words))
        return dataclasses.dataclass(**options)(cls)

    def _fields_of(cls, kw_only):
        """Return the fields by name, inherited ones first; None for what only the standard library knows."""
        namespace = cls.__dict__
        if "__post_init__" in namespace:
            return None
        found = {}
        for base in cls.__mro__[-2:0:-1]:
            if "__value_fields__" in base.__dict__:
                found.update(base.__dict__["__value_fields__"])
            elif "__dataclass_fields__" in base.__dict__:
                return None
        for name, annotation in namespace.get("__annotations__", {}).items():
            if not isinstance(annotation, str) or annotation.startswith(("InitVar", "KW_ONLY")):
                return None
            if annotation.startswith(("ClassVar", "typing.ClassVar")):
                continue
            given = namespace.get(name, _MISSING)
            if isinstance(given, _Field):
                each = given
            elif hasattr(given, "default_factory") and hasattr(given, "init"):
                return None  # a field of the standard library's
            else:
                each = _Field(given, _MISSING, True, True)
            each.name, each.type, each.kw_only = name, annotation, kw_only
            found[name] = each
        return found

    def _with_slots(cls, found, weakref):
        """Return the class anew, with a slot for each field that no base has one for."""
        taken = {name for base in cls.__mro__[1:] for name in getattr(base, "__slots__", ())}
        namespace = dict(cls.__dict__)
        for name in found:
            namespace.pop(name, None)
        namespace.pop("__dict__", None)
        namespace.pop("__weakref__", None)
        names = tuple(name for name in found if name not in taken)
        namespace["__slots__"] = (*names, "__weakref__") if weakref else names
        anew = type(cls)(cls.__name__, cls.__bases__, namespace)
        anew.__qualname__ = cls.__qualname__
        return anew

    def _first_init(cls, found, frozen, slots):
        """Return an ``__init__`` for a few instances, which gives way to a compiled one: most classes have no more."""
        left = _FEW

        def __init__(self, *args, **kwargs):  # noqa: N807
            nonlocal left
            left -= 1
            if left >= 0 and _assigned(self, found, args, kwargs):
                return
            compiled = _compiled_init(cls, found, frozen, slots)
            compiled.__qualname__ = f"{cls.__qualname__}.__init__"
            cls.__init__ = compiled
            compiled(self, *args, **kwargs)

        return __init__

    def _assigned(self, found, args, kwargs):
        """Give ``self`` its fields; False for a wrong call, of which the compiled ``__init__`` tells."""
        ordered = [name for name, each in found.items() if not each.kw_only]
        given = dict(zip(ordered, args, strict=False))
        if len(args) > len(ordered) or not given.keys().isdisjoint(kwargs) or kwargs.keys() - found.keys():
            return False
        given.update(kwargs)
        for name, each in found.items():
            if name in given:
                continue
            if each.default_factory is not _MISSING:
                given[name] = each.default_factory()
            elif each.default is not _MISSING:
                given[name] = each.default
            else:
                return False
        for name, value in given.items():
            object.__setattr__(self, name, value)
        return True

    def _compiled_init(cls, found, frozen, slots):
        names = {"_missing": _MISSING, "_set": object.__setattr__}
        ordered, keyed, body = [], [], []
        for name, each in found.items():
            parameter, value = name, name
            if each.default_factory is not _MISSING:
                names[f"_made_{name}"] = each.default_factory
                parameter = f"{name}=_missing"
                value = f"_made_{name}() if {name} is _missing else {name}"
            elif each.default is not _MISSING:
                names[f"_default_{name}"] = each.default
                parameter = f"{name}=_default_{name}"
            (keyed if each.kw_only else ordered).append(parameter)
            if not frozen:
                body.append(f" self.{name} = {value}")
            elif slots:
                names[f"_set_{name}"] = getattr(cls, name).__set__
                body.append(f" _set_{name}(self, {value})")
            else:
                body.append(f" _set(self, '{name}', {value})")
        signature = ", ".join(["self", *ordered, *(["*", *keyed] if keyed else [])])
        exec(f"def __init__({signature}):\n" + ("\n".join(body) or " pass"), names)
        return names["__init__"]

    def _nothing(value):
        return ()

    def _eq(self, other):
        if other.__class__ is self.__class__:
            return self.__value_key__(self) == other.__value_key__(other)
        return NotImplemented

    def _ordering(compare):
        def method(self, other):
            if other.__class__ is self.__class__:
                return compare(self.__value_key__(self), other.__value_key__(other))
            return NotImplemented

        return method

    def _hash(self):
        return hash(self.__value_key__(self))

    def _repr(self):
        shown = [f"{name}={getattr(self, name)!r}" for name, f in self.__value_fields__.items() if f.repr]
        return f"{self.__class__.__qualname__}({', '.join(shown)})"

    def _refuse(self, name, *value):
        from dataclasses import FrozenInstanceError

        raise FrozenInstanceError(f"cannot {'assign to' if value else 'delete'} field {name!r}")

    def _state(self):
        return [getattr(self, name) for name in self.__value_fields__]

    def _restore(self, state):
        for name, value in zip(self.__value_fields__, state, strict=True):
            object.__setattr__(self, name, value)

    class _Standard:
        """The fields as the standard library describes them, for ``dataclasses.replace`` and the like."""

        __slots__ = ("_described", "_fields")

        def __init__(self, found):
            self._fields = found
            self._described = None

        def __get__(self, value, owner=None):
            if self._described is not None:
                return self._described
            from dataclasses import dataclass as standard
            from dataclasses import field as standard_field

            namespace = {"__annotations__": {}, "__slots__": ()}
            for name, each in self._fields.items():
                namespace["__annotations__"][name] = each.type
                words = {"default": each.default, "default_factory": each.default_factory}
                words = {word: value for word, value in words.items() if value is not _MISSING}
                namespace[name] = standard_field(
                    repr=each.repr, compare=each.compare, kw_only=each.kw_only, **words
                )
            del namespace["__slots__"]
            self._described = standard(type("_Described", (), namespace)).__dataclass_fields__
            return self._described
