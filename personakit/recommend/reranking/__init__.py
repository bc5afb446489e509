"""Re-ranking: diversity, calibration, exposure of producers and business rules on top of any recommender's lists."""
