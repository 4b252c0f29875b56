"""What is seen: feature maps whose squared distance is a perceptual one."""

from eglass.perceptual.lpips import LPIPS

__all__ = ["LPIPS"]
