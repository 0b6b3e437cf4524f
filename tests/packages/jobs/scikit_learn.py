"""A pipeline is trained and asked; a forest, clusters, a score, a model that is pickled."""

import pickle

import numpy as np
from sklearn.cluster import KMeans
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def job():
    x, y = load_iris(return_X_y=True)
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(x, y)
    again = pickle.loads(pickle.dumps(model))
    forest = RandomForestClassifier(10, random_state=0).fit(x, y)
    clusters = KMeans(3, n_init=2, random_state=0).fit(x)
    return [
        round(accuracy_score(y, again.predict(x)), 4),
        forest.predict(x[:3]).tolist(),
        np.bincount(clusters.labels_).max().item() > 40,
        [round(score, 4) for score in cross_val_score(model, x, y, cv=3)],
    ]
