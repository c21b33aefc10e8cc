"""The lean L-BFGS against torch's own, and what half precision costs it."""

import copy
import subprocess
import sys

import pytest
import torch

from impasto.nn.lbfgs import LeanLBFGS

SIZE = (1, 3, 9, 11)


def problem(scale=1.0):
    """A curved valley: a quadratic with very unlike curvatures, and a term of fourth order."""
    generator = torch.Generator().manual_seed(4)
    curvatures = torch.logspace(-2, 1, 3 * 9 * 11).view(SIZE)
    bottom = torch.randn(SIZE, generator=generator)
    image = torch.randn(SIZE, generator=generator).requires_grad_(True)

    def loss():
        away = image - bottom
        return scale * ((curvatures * away.square()).sum() + 0.02 * away.pow(4).sum())

    return image, loss


def run(image, loss, optimizer, steps):
    losses = []

    def closure():
        optimizer.zero_grad()
        total = loss()
        total.backward()
        losses.append(float(total.detach()))
        return losses[-1]

    for _ in range(steps):
        optimizer.step(closure)
    return losses


def torchs(image, lr, history):
    return torch.optim.LBFGS(
        [image], lr=lr, max_iter=1, history_size=history, tolerance_grad=0, tolerance_change=0
    )


@pytest.mark.parametrize(("lr", "history"), [(1.0, 10), (0.5, 3), (1.0, 1)])
def test_in_float32_it_takes_the_steps_of_torch(lr, history):
    image, loss = problem()
    other, other_loss = problem()
    losses = run(image, loss, LeanLBFGS(image, lr=lr, history_size=history, half=False), 25)
    expected = run(other, other_loss, torchs(other, lr, history), 25)
    assert losses == pytest.approx(expected, rel=1e-3)
    torch.testing.assert_close(image, other, rtol=1e-3, atol=1e-3)
    assert losses[-1] < 0.01 * losses[0]


def test_a_scale_is_a_change_of_variables():
    scale = torch.linspace(0.1, 1, 99).view(1, 1, 9, 11)
    curvatures = torch.logspace(1, -1, 99).view(1, 1, 9, 11)
    image = torch.ones(SIZE, requires_grad=True)
    divided = (torch.ones(SIZE) / scale).requires_grad_(True)
    of_image = LeanLBFGS(image, half=False, first=0.2, scale=scale)
    of_divided = LeanLBFGS(divided, half=False, first=0.2)
    run(image, lambda: (curvatures * image.square()).sum(), of_image, 6)
    run(divided, lambda: (curvatures * (scale * divided).square()).sum(), of_divided, 6)
    torch.testing.assert_close(image, scale * divided, rtol=1e-3, atol=1e-3)
    assert float(image.detach().abs().max()) < 0.9


@pytest.mark.parametrize("scale", [1.0, 1e-9])
def test_half_precision_goes_as_far_even_with_gradients_that_float16_cannot_hold(scale):
    # The least curvature that counts is absolute, as torch's: at 1e-9 no pair is remembered.
    image, loss = problem(scale)
    other, other_loss = problem(scale)
    half = run(image, loss, LeanLBFGS(image, history_size=5), 30)
    whole = run(other, other_loss, LeanLBFGS(other, history_size=5, half=False), 30)
    assert half[-1] <= 1.5 * whole[-1]
    assert torch.isfinite(image).all()


def test_the_history_is_in_half_precision_and_as_long_as_asked():
    image, loss = problem()
    optimizer = LeanLBFGS(image, history_size=4)
    run(image, loss, optimizer, 9)
    assert len(optimizer.pairs) == 4
    vectors = [each for pair in optimizer.pairs for each in (pair.moved, pair.turned)]
    assert {vector.values.dtype for vector in vectors} == {torch.float16}
    assert all(float(vector.values.abs().max()) == 1 for vector in vectors)
    assert image.grad is None


@pytest.mark.parametrize("half", [True, False])
def test_taken_up_it_goes_on_to_the_bit(half):
    image, loss = problem()
    optimizer = LeanLBFGS(image, history_size=3, half=half)
    run(image, loss, optimizer, 6)
    kept, begun = copy.deepcopy(optimizer.state_dict()), image.detach().clone()
    expected = run(image, loss, optimizer, 5)
    other, other_loss = problem()
    with torch.no_grad():
        other.copy_(begun)
    resumed = LeanLBFGS(other, history_size=3, half=half)
    resumed.load_state_dict(kept)
    assert run(other, other_loss, resumed, 5) == expected
    assert torch.equal(other, image)


def test_at_the_bottom_it_stays():
    image, loss = problem()
    with torch.no_grad():
        image.zero_()
    optimizer = LeanLBFGS(image)
    run(image, lambda: (image * 0).sum(), optimizer, 3)
    assert not image.any()
    assert optimizer.number == 0
    assert loss() > 0


def test_it_does_not_make_torch_import_its_compiler():
    code = (
        "import sys, torch; from impasto.nn.lbfgs import LeanLBFGS\n"
        "image = torch.ones(3, requires_grad=True); optimizer = LeanLBFGS(image)\n"
        "def closure(): image.grad = image.detach().clone(); return 1.0\n"
        "optimizer.zero_grad(); optimizer.step(closure)\n"
        "assert 'torch._dynamo' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
