"""Figures of chapter 14: inside a trained network, and a picture on its way into another style."""
