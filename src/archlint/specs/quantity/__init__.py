"""The grammar of written figures. A figure is an interval, never a float.

Readers take any text and never raise: they return what they read, ``NotStated`` (``N/A``), or ``Unreadable``
with the forms that can be read. Spans are offsets within the text.
"""

from archlint.specs.quantity.attention import Attention, Ratio, read_attention
from archlint.specs.quantity.dates import Date, read_date
from archlint.specs.quantity.interval import Interval, NotStated, Quantity, Span, Unreadable, share
from archlint.specs.quantity.kinds import Kind, Mention
from archlint.specs.quantity.layer_mix import LayerMix, OpenMix, Term
from archlint.specs.quantity.layers import read_layer_mix
from archlint.specs.quantity.scale import Extra, Scale, read_scale
from archlint.specs.quantity.sizes import (
    Profile,
    Tokens,
    Vocabulary,
    read_bytes,
    read_count,
    read_percentage,
    read_profile,
    read_score,
    read_tokens,
    read_vocabulary,
    restated_bytes,
)
from archlint.specs.quantity.writing import rounded, write_bytes, write_count, write_percent, write_scale

__all__ = [
    "Attention",
    "Date",
    "Extra",
    "Interval",
    "Kind",
    "LayerMix",
    "Mention",
    "NotStated",
    "OpenMix",
    "Profile",
    "Quantity",
    "Ratio",
    "Scale",
    "Span",
    "Term",
    "Tokens",
    "Unreadable",
    "Vocabulary",
    "read_attention",
    "read_bytes",
    "read_count",
    "read_date",
    "read_layer_mix",
    "read_percentage",
    "read_profile",
    "read_scale",
    "read_score",
    "read_tokens",
    "read_vocabulary",
    "restated_bytes",
    "rounded",
    "share",
    "write_bytes",
    "write_count",
    "write_percent",
    "write_scale",
]
