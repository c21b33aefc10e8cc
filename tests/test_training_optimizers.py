"""Muon, against its definition, against torch's own for matrices, and against Adam."""

import copy

import pytest
import torch
from torch import nn

from impasto.training.optimizers import MOMENTUM, SMALL_SHARE, Muon, optimizer_of, orthogonalized


def singular_values(matrix):
    return torch.linalg.svdvals(matrix)


@pytest.mark.parametrize("shape", [(6, 20), (20, 6), (8, 8)])
def test_a_step_is_orthogonal_as_nearly_as_it_needs_to_be(shape):
    torch.manual_seed(0)
    values = singular_values(orthogonalized(torch.randn(shape)))
    assert values.min() > 0.6
    assert values.max() < 1.25


def test_it_points_where_the_nearest_orthogonal_matrix_does():
    torch.manual_seed(1)
    matrix = torch.randn(5, 12)
    left, _, right = torch.linalg.svd(matrix, full_matrices=False)
    nearest, found = left @ right, orthogonalized(matrix)
    assert torch.cosine_similarity(found.flatten(), nearest.flatten(), dim=0) > 0.97


def test_nothing_comes_of_a_gradient_of_nothing():
    assert torch.equal(orthogonalized(torch.zeros(3, 4)), torch.zeros(3, 4))


def test_matrices_move_as_by_torchs_muon():
    torch.manual_seed(2)
    weight = nn.Parameter(torch.randn(16, 6))
    other = nn.Parameter(weight.detach().clone())
    ours = Muon([weight], 0.1)
    theirs = torch.optim.Muon([other], 0.1, weight_decay=0.0, momentum=MOMENTUM)
    for _ in range(4):
        gradient = torch.randn(16, 6)
        before = weight.detach().clone()
        weight.grad, other.grad = gradient, gradient.clone()
        ours.step()
        theirs.step()
        # Theirs iterates in bfloat16.
        torch.testing.assert_close(weight - before, other - before, rtol=0.05, atol=0.01)
        with torch.no_grad():
            other.copy_(weight)


def test_a_kernel_moves_as_the_matrix_of_its_outputs():
    torch.manual_seed(3)
    kernel = nn.Parameter(torch.randn(4, 3, 3, 3).to(memory_format=torch.channels_last))
    matrix = nn.Parameter(kernel.detach().flatten(1).clone())
    gradient = torch.randn(4, 3, 3, 3)
    kernel.grad, matrix.grad = gradient, gradient.flatten(1)
    Muon([kernel], 0.1).step()
    Muon([matrix], 0.1).step()
    torch.testing.assert_close(kernel.flatten(1), matrix)
    assert kernel.is_contiguous(memory_format=torch.channels_last)


def test_what_is_no_kernel_moves_by_adam():
    torch.manual_seed(4)
    bias = nn.Parameter(torch.randn(7))
    other = nn.Parameter(bias.detach().clone())
    ours = Muon([bias], 0.2, (0.5, 0.9))
    theirs = torch.optim.Adam([other], 0.2 * SMALL_SHARE, (0.5, 0.9))
    for _ in range(5):
        bias.grad = torch.randn(7)
        other.grad = bias.grad.clone()
        ours.step()
        theirs.step()
        torch.testing.assert_close(bias, other)


def test_it_goes_on_from_its_state():
    def moved(optimizer, parameters, times, seed):
        torch.manual_seed(seed)
        for _ in range(times):
            for each in parameters:
                each.grad = torch.randn(each.shape)
            optimizer.step()

    torch.manual_seed(5)
    layer = nn.Conv2d(3, 4, 3)
    optimizer = Muon(layer.parameters(), 0.02)
    moved(optimizer, list(layer.parameters()), 3, 6)
    copied = copy.deepcopy(layer)
    resumed = Muon(copied.parameters(), 0.5)
    resumed.load_state_dict(copy.deepcopy(optimizer.state_dict()))
    moved(optimizer, list(layer.parameters()), 3, 7)
    moved(resumed, list(copied.parameters()), 3, 7)
    for one, two in zip(layer.parameters(), copied.parameters(), strict=True):
        assert torch.equal(one, two)


def test_a_parameter_without_a_gradient_stays():
    layer = nn.Linear(3, 2)
    before = layer.weight.detach().clone()
    Muon(layer.parameters(), 1.0).step()
    assert torch.equal(layer.weight, before)


def test_a_closure_is_asked_for_its_loss():
    weight = nn.Parameter(torch.ones(2, 2))

    def closure():
        loss = weight.square().sum()
        loss.backward()
        return loss.item()

    assert Muon([weight], 0.1).step(closure) == pytest.approx(4.0)
    assert weight.square().sum() < 4


def test_by_name():
    weight = [nn.Parameter(torch.ones(2, 2))]
    assert isinstance(optimizer_of("adam", weight, 1e-3, (0.5, 0.9)), torch.optim.Adam)
    muon = optimizer_of("muon", weight, 0.02, (0.5, 0.9))
    assert isinstance(muon, Muon)
    assert muon.param_groups[0]["lr"] == 0.02
