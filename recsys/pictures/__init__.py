"""Pictures of items: opened with care, read by a model of the CLIP kind, fused with the vectors of the texts."""
