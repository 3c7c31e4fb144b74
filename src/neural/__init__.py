"""Neural networks in NumPy: the implementations the article is about.

activations     what a unit does with its weighted sum, and the derivative of each
losses          how far a prediction is from its target, and the gradient of each
networks        compositions of both, back-propagation through them, gradient descent
"""
