"""The docker: which style, how strong, a button, a bar."""

from __future__ import annotations

import os

from krita import DockWidget, Krita
from PyQt5.QtCore import QProcess, QProcessEnvironment
from PyQt5.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFileDialog,
    QFormLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from .errand import Errand, clean_environment, read_where
from .layers import new_layer, write_kept, write_layer

PICTURE = "A picture..."
"""The last entry of the styles: any picture, chosen as a file."""


class ImpastoDocker(DockWidget):
    """Asks a local impasto to paint the current layer, or what is selected of it."""

    def __init__(self) -> None:
        super().__init__()
        self.setWindowTitle("impasto")
        self._process = self._errand = self._document = self._above = None
        self._picture, self._ended = "", False
        self.style, self.paint, self.strength, self.size = (
            QComboBox(), QCheckBox("Paint step by step"), QSpinBox(), QSpinBox(),
        )  # fmt: skip
        self.button, self.bar, self.said = QPushButton("Paint"), QProgressBar(), QLabel()
        self.paint.setToolTip("Minutes in place of a moment, and the richest look: for a picture")
        self.strength.setRange(0, 200)
        self.strength.setValue(100)
        self.strength.setSuffix(" %")
        self.size.setRange(64, 8192)
        self.size.setValue(1024)
        self.size.setSuffix(" px")
        self.said.setWordWrap(True)
        self.bar.hide()
        form = QFormLayout()
        form.addRow("Style", self.style)
        form.addRow("", self.paint)
        form.addRow("Longer side", self.size)
        form.addRow("Strength", self.strength)
        column = QVBoxLayout()
        column.addLayout(form)
        for widget in (self.button, self.bar, self.said):
            column.addWidget(widget)
        column.addStretch()
        whole = QWidget()
        whole.setLayout(column)
        self.setWidget(whole)
        self.style.activated.connect(self._style_chosen)
        self.button.clicked.connect(self._pressed)
        try:
            self._where = read_where()
        except ValueError as error:
            self._where = {"command": [], "styles": []}
            self.said.setText(str(error))
            self.button.setEnabled(False)
        for name, title in self._where["styles"]:
            self.style.addItem(title or name, name)
        self.style.addItem(PICTURE, "")
        self._show_choice()

    def canvasChanged(self, canvas: object) -> None:  # noqa: N802
        """Krita calls it; the layer is asked for when the button is pressed."""

    def choose_picture(self, path: str) -> None:
        """Take a picture file as the style."""
        self._picture = path
        self.style.setCurrentIndex(self.style.count() - 1)
        self.style.setItemText(self.style.count() - 1, os.path.basename(path) or PICTURE)
        self._show_choice()

    def _style_chosen(self, number: int) -> None:
        if not self.style.itemData(number):
            kinds = "Pictures (*.png *.jpg *.jpeg *.webp *.tif *.tiff)"
            path = QFileDialog.getOpenFileName(self, "The style", self._picture, kinds)[0]
            self.choose_picture(path or self._picture)
        self._show_choice()

    def _show_choice(self) -> None:
        is_picture = not self.style.currentData()
        self.paint.setEnabled(is_picture)
        self.size.setEnabled(is_picture)

    def _pressed(self) -> None:
        if self._process is not None:
            self._ended = True
            self._process.kill()
            return
        document = Krita.instance().activeDocument()
        node = document.activeNode() if document else None
        is_picture = not self.style.currentData()
        if node is None:
            self.said.setText("Open a picture first.")
        elif is_picture and not self._picture:
            self.said.setText("Choose a picture for the style.")
        else:
            self._begin(document, node, is_picture)

    def _begin(self, document: object, node: object, is_picture: bool) -> None:
        self._document, self._above, self._ended = document, node, False
        self._errand = errand = Errand(self._where["command"])
        write_layer(document, node, errand.photo)
        masked = write_kept(document, errand.mask)
        words = errand.words(
            self._picture if is_picture else self.style.currentData(),
            picture=is_picture,
            paint=is_picture and self.paint.isChecked(),
            masked=masked,
            strength=self.strength.value(),
            size=min(self.size.value(), max(document.width(), document.height())),
        )
        environment = QProcessEnvironment()
        for name, value in clean_environment(dict(os.environ)).items():
            environment.insert(name, value)
        self._process = process = QProcess(self)
        process.setProcessEnvironment(environment)
        process.readyReadStandardError.connect(self._heard)
        process.finished.connect(self._finished)
        process.errorOccurred.connect(self._failed)
        self.button.setText("Cancel")
        self.bar.setRange(0, 0)  # busy, until it says how far it is
        self.bar.show()
        self.said.setText("")
        process.start(words[0], words[1:])

    def _heard(self) -> None:
        text = bytes(self._process.readAllStandardError()).decode("utf-8", "replace")
        if counted := self._errand.heard(text):
            self.bar.setRange(0, counted[1])
            self.bar.setValue(counted[0])

    def _failed(self, error: int) -> None:
        if error == QProcess.FailedToStart:  # no other error comes without `finished`
            self._errand.heard("impasto: cannot be started: run `impasto krita install` again")
            self._finished(1)

    def _finished(self, code: int, *_: object) -> None:
        errand, process = self._errand, self._process
        self._heard()
        self._process = self._errand = None
        process.deleteLater()
        said = ""
        if self._ended:
            said = "Cancelled."
        elif code != 0:
            said = errand.complaint()
        elif not new_layer(self._document, self._above, errand.result, self._name()):
            said = "The picture cannot be read."
        errand.close()
        self._document = self._above = None
        self.button.setText("Paint")
        self.bar.hide()
        self.said.setText(said)

    def _name(self) -> str:
        return f"{self._above.name()}, {self.style.currentText()}"
