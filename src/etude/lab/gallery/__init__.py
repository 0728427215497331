"""The gallery: what models compose, shown as it comes, with everything that is known of each piece.

gallery(["folk", "drums"], Path("docs/gallery"))   -> Gallery: index.html, a page a model, the pieces' files
"""

from etude.lab.gallery.making import Ask, Gallery, gallery

__all__ = ["Ask", "Gallery", "gallery"]
