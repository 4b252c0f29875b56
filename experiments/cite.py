"""How to cite e-GLASS, and the paper that it reproduces, in BibTeX.

For example:

    eglass cite >> references.bib
"""

from __future__ import annotations

from importlib.metadata import version

PAPER = """\
@misc{montanaro2022exploring,
  title         = {Exploring the solution space of linear inverse problems
                   with {GAN} latent geometry},
  author        = {Montanaro, Antonio and Valsesia, Diego and Magli, Enrico},
  year          = {2022},
  eprint        = {2207.00460},
  archiveprefix = {arXiv}
}"""

SOFTWARE = """\
@software{eglass,
  title   = {{e-GLASS}: many images that explain one measurement of a linear inverse problem},
  author  = {{e-GLASS contributors}},
  version = {%s},
  license = {MIT}
}"""


def main() -> None:
    print(SOFTWARE % version("eglass"), PAPER, sep="\n\n")


if __name__ == "__main__":
    main()
