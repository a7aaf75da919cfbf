"""What a network costs: parameters, multiply-adds, memory and receptive field of every layer."""

from cnnkit.audit.count import Audit, Row, audit

__all__ = ["Audit", "Row", "audit"]
