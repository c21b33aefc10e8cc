"""Colors and letters: warm paper by day, a dark room by night, nothing from the network."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import gradio as gr

STYLE_SHEET: Final = Path(__file__).with_name("studio.css")

_LETTERS: Final = (
    "system-ui",
    "-apple-system",
    "Segoe UI",
    "Cantarell",
    "DejaVu Sans",
    "sans-serif",
)

_PAPER: Final = gr.themes.Color(
    "#fdfbf7", "#f8f4ec", "#eee8dc", "#ded5c4", "#c2b7a3", "#968b79",
    "#6f6658", "#544d42", "#38332c", "#26221d", "#1a1714",
)  # fmt: skip

_ACCENT: Final = gr.themes.Color(
    "#fdf3ef", "#fae2d9", "#f4c2b0", "#eb9c81", "#df7757", "#c8553d",
    "#ab4430", "#8a3626", "#69291d", "#4a1d15", "#2e120d",
)  # fmt: skip


def theme() -> gr.themes.Base:
    """The look of every component."""
    base = gr.themes.Base(
        primary_hue=_ACCENT,
        secondary_hue=_PAPER,
        neutral_hue=_PAPER,
        radius_size=gr.themes.sizes.radius_lg,
        spacing_size=gr.themes.sizes.spacing_md,
        font=list(_LETTERS),
        font_mono=["ui-monospace", "DejaVu Sans Mono", "monospace"],
    )
    return base.set(
        body_background_fill="#f6f1e7",
        body_background_fill_dark="#171411",
        body_text_color="#33312e",
        body_text_color_dark="#ece5d8",
        background_fill_primary="#fdfbf7",
        background_fill_primary_dark="#211d19",
        background_fill_secondary="#f1ebdf",
        background_fill_secondary_dark="#1b1815",
        block_background_fill="#fdfbf7",
        block_background_fill_dark="#211d19",
        block_border_width="1px",
        block_border_color="#e6ddcc",
        block_border_color_dark="#352f28",
        block_shadow="none",
        block_shadow_dark="none",
        block_label_background_fill="transparent",
        block_label_background_fill_dark="transparent",
        block_label_border_width="0px",
        block_label_text_color="#6f6658",
        block_label_text_color_dark="#b5aa98",
        block_title_text_color="#6f6658",
        block_title_text_color_dark="#b5aa98",
        block_title_text_weight="500",
        border_color_primary="#e0d7c6",
        border_color_primary_dark="#3b352d",
        input_background_fill="#fffdf9",
        input_background_fill_dark="#191613",
        input_border_color="#e0d7c6",
        input_border_color_dark="#3b352d",
        slider_color="#c8553d",
        slider_color_dark="#df7757",
        button_primary_background_fill="#b94a33",
        button_primary_background_fill_hover="#a33f2a",
        button_primary_background_fill_dark="#c8553d",
        button_primary_background_fill_hover_dark="#d9694f",
        button_primary_text_color="#fffaf4",
        button_primary_text_color_dark="#fffaf4",
        button_secondary_background_fill="#efe8da",
        button_secondary_background_fill_hover="#e6dcc9",
        button_secondary_background_fill_dark="#2c2722",
        button_secondary_background_fill_hover_dark="#39332c",
        button_secondary_border_color="transparent",
        button_secondary_border_color_dark="transparent",
        button_secondary_text_color="#38332c",
        button_secondary_text_color_dark="#ece5d8",
        checkbox_label_background_fill="#f3ede1",
        checkbox_label_background_fill_dark="#2a2520",
        checkbox_label_background_fill_selected="#f4ddd3",
        checkbox_label_background_fill_selected_dark="#53281d",
        checkbox_label_border_color="transparent",
        checkbox_label_border_color_dark="transparent",
    )
