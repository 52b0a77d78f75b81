"""Marks of tests that need a GPU, and of those that need that there is none."""

import pytest
import torch

with_cuda = pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no CUDA device")
without_cuda = pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
