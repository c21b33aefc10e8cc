"""The tabs put together."""

from __future__ import annotations

import secrets

import gradio as gr

from impasto.studio.page import instant, paint, programs, translate, video
from impasto.studio.page.asking import HIDDEN
from impasto.studio.page.job_view import JobView
from impasto.studio.page.strip import Strip
from impasto.studio.studio import Studio

_HEAD = """
<header class="masthead"><h1>impasto</h1>
<p>Paint a photograph in the manner of any picture, and steer it while it is painted.</p></header>
"""


def page(studio: Studio, secret: str) -> gr.Blocks:
    """Build the page.

    Args:
        studio: What it calls.
        secret: With what the browser's mark is signed.
    """
    with gr.Blocks(title="impasto studio", analytics_enabled=False, fill_width=True) as blocks:
        # By its mark a browser finds its picture again after a reload.
        mark = gr.BrowserState("", storage_key="impasto-studio", secret=secret)
        gr.HTML(_HEAD)
        easel = JobView(studio, mark)
        strip = Strip(studio, easel, mark)
        with gr.Tabs(selected="paint") as tabs:
            with gr.Tab("Paint", id="paint"):
                paint.tab(studio, easel, strip, mark)
            with gr.Tab("Instant", id="instant"):
                instant.tab(studio, strip, mark)
            with gr.Tab("Translate", id="translate"):
                translate.tab(studio, strip, mark)
            with gr.Tab("Video", id="video"):
                video.tab(studio, strip, mark)
        strip.draw(tabs)
        programs.endpoints(studio)
        begun = blocks.load(_marked, mark, mark, **HIDDEN)
        easel.found_again(begun)
        strip.refreshed(begun)
    return blocks


def _marked(mark: str | None) -> str:
    return mark or secrets.token_hex(12)
