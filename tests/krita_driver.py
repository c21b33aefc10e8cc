"""Runs inside Krita as a plug-in of its own: presses the docker's buttons, notes what comes of it.

`DRIVEN` names a JSON file for what is found; `PHOTO` the picture that is opened.
"""

import json
import os
import traceback
from pathlib import Path

from krita import Extension, Krita, Selection
from PyQt5.QtCore import QTimer


def told(text):
    Path(os.environ["DRIVEN"]).write_text(json.dumps(text))


class Driver(Extension):
    def setup(self):
        pass

    def createActions(self, window):  # noqa: N802
        self.found, self.left = {}, [self.plain, self.selected, self.linear, self.cancelled]
        QTimer.singleShot(1000, self.begin)

    def begin(self):
        app = Krita.instance()
        if app.activeWindow() is None:
            QTimer.singleShot(500, self.begin)
            return
        [self.docker] = [each for each in app.dockers() if each.windowTitle() == "impasto"]
        self.step()

    def step(self):
        try:
            if self.left:
                self.document = Krita.instance().openDocument(os.environ["PHOTO"])
                Krita.instance().activeWindow().addView(self.document)
                self.left.pop(0)()
                QTimer.singleShot(200, self.wait)
                return
            told(self.found)
        except BaseException:
            told({"error": traceback.format_exc()})
        os._exit(0)

    def wait(self):
        if self.docker.button.text() == "Cancel":
            QTimer.singleShot(200, self.wait)
            return
        self.document.waitForDone()
        size = 0, 0, self.document.width(), self.document.height()
        nodes = self.document.rootNode().childNodes()
        nodes = [each for each in nodes if each.type() == "paintlayer"]  # no selections
        self.found[self.name] = {
            "said": self.docker.said.text(),
            "layers": [each.name() for each in nodes],
            "spaces": [(each.colorDepth(), each.colorProfile()) for each in nodes],
            "pixels": [bytes(each.pixelData(*size)).hex() for each in nodes],
        }
        self.document.setModified(False)
        self.step()

    def plain(self):
        self.name = "plain"
        self.docker.style.setCurrentIndex(0)
        self.docker.button.click()

    def selected(self):
        self.name, chosen = "selected", Selection()
        chosen.select(0, 0, self.document.width() // 2, self.document.height(), 255)
        self.document.setSelection(chosen)
        self.docker.button.click()

    def linear(self):
        self.name = "linear"
        self.document.setColorSpace("RGBA", "U16", "sRGB-elle-V2-g10.icc")
        self.document.waitForDone()
        self.docker.button.click()

    def cancelled(self):
        self.name = "cancelled"
        self.docker.button.click()
        QTimer.singleShot(50, self.docker.button.click)


Krita.instance().addExtension(Driver(Krita.instance()))
