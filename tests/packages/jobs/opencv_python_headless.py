"""An image is drawn, blurred, coded in several formats, and its contours are found."""

import cv2
import numpy as np


def job():
    image = np.zeros((60, 80, 3), np.uint8)
    cv2.rectangle(image, (10, 10), (40, 40), (255, 255, 255), -1)
    cv2.putText(image, "x", (50, 30), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 255))
    gray = cv2.cvtColor(cv2.GaussianBlur(image, (3, 3), 0), cv2.COLOR_BGR2GRAY)
    contours, _ = cv2.findContours(
        cv2.threshold(gray, 200, 255, cv2.THRESH_BINARY)[1], cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE
    )
    shapes = []
    for kind in (".png", ".jpg", ".webp", ".tiff", ".bmp"):
        done, data = cv2.imencode(kind, image)
        shapes.append([kind, done, list(cv2.imdecode(data, cv2.IMREAD_COLOR).shape)])
    return [
        shapes,
        [list(cv2.boundingRect(each)) for each in contours],
        list(cv2.resize(image, (8, 6)).shape),
        cv2.__version__,
    ]
