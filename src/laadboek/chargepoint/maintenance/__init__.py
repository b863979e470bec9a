"""Files that a platform wants or brings (OCPP 1.6 §5.9, §5.19; security whitepaper, L01, N01): logs and firmware."""
