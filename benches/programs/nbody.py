# Floats and attributes: five bodies pulled by each other's gravity, 200,000 steps.
import math
from sys import argv

SOLAR_MASS = 4 * math.pi * math.pi
DAYS_PER_YEAR = 365.24


class Body:
    def __init__(self, x, y, z, vx, vy, vz, mass):
        self.x = x
        self.y = y
        self.z = z
        self.vx = vx * DAYS_PER_YEAR
        self.vy = vy * DAYS_PER_YEAR
        self.vz = vz * DAYS_PER_YEAR
        self.mass = mass * SOLAR_MASS


def solar_system():
    return [
        Body(0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 1.0),
        Body(
            4.84143144246472090, -1.16032004402742839, -0.103622044471123109,
            0.00166007664274403694, 0.00769901118419740425, -0.0000690460016972063023,
            0.000954791938424326609,
        ),
        Body(
            8.34336671824457987, 4.12479856412430479, -0.403523417114321381,
            -0.00276742510726411, 0.00499852801234917238, 0.0000230417297573763929,
            0.000285885980666130812,
        ),
        Body(
            12.8943695621391310, -15.1111514016986312, -0.223307578892655734,
            0.00296460137564761618, 0.00237847173959480950, -0.0000296589568540237556,
            0.0000436624404335156298,
        ),
        Body(
            15.3796971148509165, -25.9193146099879641, 0.179258772950371181,
            0.00268067772490389322, 0.00162824170038242295, -0.0000951592254519715870,
            0.0000515138902046611451,
        ),
    ]


def stop_drifting(bodies):
    sun = bodies[0]
    for b in bodies:
        if b is not sun:
            sun.vx -= b.vx * b.mass / SOLAR_MASS
            sun.vy -= b.vy * b.mass / SOLAR_MASS
            sun.vz -= b.vz * b.mass / SOLAR_MASS


def energy(bodies):
    n = len(bodies)
    total = 0.0
    for i in range(n):
        a = bodies[i]
        total += 0.5 * a.mass * (a.vx * a.vx + a.vy * a.vy + a.vz * a.vz)
        for j in range(i + 1, n):
            b = bodies[j]
            dx = a.x - b.x
            dy = a.y - b.y
            dz = a.z - b.z
            total -= a.mass * b.mass / math.sqrt(dx * dx + dy * dy + dz * dz)
    return total


def advance(bodies, dt, steps):
    n = len(bodies)
    sqrt = math.sqrt
    for _ in range(steps):
        for i in range(n):
            a = bodies[i]
            for j in range(i + 1, n):
                b = bodies[j]
                dx = a.x - b.x
                dy = a.y - b.y
                dz = a.z - b.z
                squared = dx * dx + dy * dy + dz * dz
                pull = dt / (squared * sqrt(squared))
                of_b = b.mass * pull
                of_a = a.mass * pull
                a.vx -= dx * of_b
                a.vy -= dy * of_b
                a.vz -= dz * of_b
                b.vx += dx * of_a
                b.vy += dy * of_a
                b.vz += dz * of_a
        for b in bodies:
            b.x += dt * b.vx
            b.y += dt * b.vy
            b.z += dt * b.vz


def run(steps):
    bodies = solar_system()
    stop_drifting(bodies)
    print(f"{energy(bodies):.9f}")
    advance(bodies, 0.01, steps)
    print(f"{energy(bodies):.9f}")


run(int(argv[1]) if len(argv) > 1 else 200_000)
