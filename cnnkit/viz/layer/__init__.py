"""Figures of chapter 04: channels, filters, groups, and the layer as one matrix product."""
