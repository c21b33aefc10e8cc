"""impasto in Krita: a docker that paints the current layer. Krita imports this at its start."""

from krita import DockWidgetFactory, DockWidgetFactoryBase, Krita

from .docker import ImpastoDocker

Krita.instance().addDockWidgetFactory(
    DockWidgetFactory("impasto", DockWidgetFactoryBase.DockRight, ImpastoDocker)
)
