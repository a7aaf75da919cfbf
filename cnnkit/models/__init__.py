"""The networks of the course; they and their weights are named as in torchvision, where it has them."""

from cnnkit.models.alexnet import alexnet
from cnnkit.models.densenet import densenet121
from cnnkit.models.googlenet import googlenet
from cnnkit.models.lenet import lenet5
from cnnkit.models.mini import mini_alexnet, mini_densenet, mini_inception, mini_resnet, mini_vgg
from cnnkit.models.resnet import resnet18, resnet34, resnet50, resnet101, resnet152
from cnnkit.models.squeezenet import squeezenet1_1
from cnnkit.models.vgg import vgg11, vgg13, vgg16, vgg19

__all__ = [
    "alexnet",
    "densenet121",
    "googlenet",
    "lenet5",
    "mini_alexnet",
    "mini_densenet",
    "mini_inception",
    "mini_resnet",
    "mini_vgg",
    "resnet18",
    "resnet34",
    "resnet50",
    "resnet101",
    "resnet152",
    "squeezenet1_1",
    "vgg11",
    "vgg13",
    "vgg16",
    "vgg19",
]
