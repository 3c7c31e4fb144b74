"""Neural networks in NumPy: the implementations the article is about.

activations     what a unit does with its weighted sum, and the derivative of each
modern          activations that came after ReLU, likewise
losses          how far a prediction is from its target, and the gradient of each
gated           a layer with a gate
networks        compositions of both, back-propagation through them, gradient descent
"""
