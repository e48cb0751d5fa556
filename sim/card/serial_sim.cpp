// The Verilated serial card at a pseudo-terminal. See serial_sim.h.
#include "serial_sim.h"

#include <cstdlib>
#include <cstring>
#include <deque>
#include <memory>
#include <mutex>
#include <new>
#include <thread>

#include <atomic>

#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include "Vserial_card.h"

namespace {

constexpr unsigned CLOCKS_PER_BIT = 4;   // as it is verilated
constexpr unsigned LINK_PERIOD = 10;     // units of time a cycle; the clocks have no common divisor in phase
constexpr unsigned CARD_PERIOD = 17;
constexpr unsigned BURST_CYCLES = 4000;  // of the link between looks at the terminal
constexpr unsigned QUIET_CYCLES = 2000;  // of the link without anything going on: sleep
constexpr unsigned RESET_CYCLES = 16;
constexpr size_t QUEUE_BYTES = 256;      // taken from the terminal ahead of the line
constexpr size_t UNREAD_MAX = 65536;
constexpr int SLEEP_MS = 20;

// One direction of a line: bits of bytes.
class Line {
public:
    bool idle() const { return left_ == 0; }
    void start(uint8_t byte)
    {
        shift_ = 0x200u | static_cast<unsigned>(byte) << 1;
        left_ = 10 * CLOCKS_PER_BIT;
    }
    bool clock() // the level in this cycle
    {
        if (!left_)
            return true;
        const bool level = shift_ >> ((10 * CLOCKS_PER_BIT - left_) / CLOCKS_PER_BIT) & 1;
        --left_;
        return level;
    }

private:
    unsigned shift_ = 0, left_ = 0;
};

// The other direction.
class Sampler {
public:
    bool idle() const { return !busy_; }
    bool clock(bool level, uint8_t *byte) // true with a whole byte
    {
        if (!busy_) {
            busy_ = !level;
            count_ = 0;
            shift_ = 0;
            return false;
        }
        if (++count_ % CLOCKS_PER_BIT != CLOCKS_PER_BIT / 2)
            return false;
        shift_ |= static_cast<unsigned>(level) << count_ / CLOCKS_PER_BIT;
        if (count_ / CLOCKS_PER_BIT < 9)
            return false;
        busy_ = false;
        *byte = static_cast<uint8_t>(shift_ >> 1);
        return level;
    }

private:
    bool busy_ = false;
    unsigned count_ = 0, shift_ = 0;
};

} // namespace

struct serial_sim {
    ~serial_sim()
    {
        stop = true;
        if (thread.joinable())
            thread.join();
        hang_up();
        Verilated::threadContextp(&context); // scopes are taken off this thread's context, which may be another's
        if (model)
            model->final();
    }

    bool open()
    {
        struct termios raw;
        master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
        if (master < 0 || grantpt(master) || unlockpt(master) || ptsname_r(master, path, sizeof path))
            return false;
        slave = ::open(path, O_RDWR | O_NOCTTY | O_CLOEXEC); // kept, or the terminal would hang up between drivers
        if (slave < 0 || tcgetattr(slave, &raw))
            return false;
        cfmakeraw(&raw);
        return tcsetattr(slave, TCSANOW, &raw) == 0;
    }

    void hang_up()
    {
        if (slave >= 0)
            close(slave);
        if (master >= 0)
            close(master);
        slave = master = -1;
    }

    uint64_t random()
    {
        seed ^= seed << 13;
        seed ^= seed >> 7;
        seed ^= seed << 17;
        return seed >> 16;
    }

    bool chance(uint32_t in_million)
    {
        const bool hit = in_million && random() % 1000000 < in_million;
        damaged += hit;
        return hit;
    }

    // A byte on the cable: none, one or two come out.
    void cable(uint8_t byte, std::deque<uint8_t> &out)
    {
        const std::lock_guard<std::mutex> hold(lock);
        if (chance(plan.noise))
            out.push_back(static_cast<uint8_t>(random()));
        if (chance(plan.drop))
            return;
        if (chance(plan.flip))
            byte = static_cast<uint8_t>(byte ^ 1u << random() % 8);
        out.push_back(byte);
    }

    // One edge of one of the clocks; the other is lowered on the way, which does nothing.
    void rise(CData &clock, CData &other)
    {
        if (clock) {
            clock = 0;
            model->eval();
        }
        clock = 1;
        other = 0;
        model->eval();
    }

    void link_cycle()
    {
        uint8_t byte;
        if (line.idle() && !to_card.empty()) {
            line.start(to_card.front());
            to_card.pop_front();
        }
        model->rx_i = line.clock();
        rise(model->link_clk_i, model->card_clk_i);
        if (sampler.clock(model->tx_o, &byte))
            cable(byte, from_card);
        const bool going_on = !line.idle() || !sampler.idle() || model->link_busy_o || model->active_o;
        quiet = going_on ? 0 : quiet + 1;
    }

    void run_cycles()
    {
        for (unsigned cycle = 0; cycle < BURST_CYCLES;) {
            if (next_link <= next_card) {
                link_cycle();
                next_link += LINK_PERIOD;
                ++cycle;
            } else {
                rise(model->card_clk_i, model->link_clk_i);
                next_card += CARD_PERIOD;
            }
        }
        lamps = model->testing_o ? SERIAL_SIM_TESTING : model->passed_o ? SERIAL_SIM_PASSED : SERIAL_SIM_FAILED;
    }

    void reset()
    {
        model->link_rst_ni = model->card_rst_ni = 0;
        model->rx_i = 1;
        for (unsigned i = 0; i < RESET_CYCLES; i++) {
            rise(model->link_clk_i, model->card_clk_i);
            rise(model->card_clk_i, model->link_clk_i);
        }
        model->link_rst_ni = model->card_rst_ni = 1;
    }

    void read_terminal()
    {
        uint8_t bytes[QUEUE_BYTES];
        if (master < 0 || to_card.size() >= QUEUE_BYTES)
            return;
        const ssize_t count = read(master, bytes, sizeof bytes);
        for (ssize_t i = 0; i < count; i++)
            cable(bytes[i], to_card);
    }

    void write_terminal()
    {
        if (from_card.size() > UNREAD_MAX) // nobody reads: as with a real line, it is gone
            from_card.clear();
        while (master >= 0 && !from_card.empty()) {
            const uint8_t byte = from_card.front();
            if (write(master, &byte, 1) != 1)
                return;
            from_card.pop_front();
        }
    }

    void sleep()
    {
        struct pollfd wait = {master, POLLIN, 0};
        poll(&wait, master >= 0, SLEEP_MS);
        if (wait.revents & POLLIN)
            quiet = 0;
    }

    void run()
    {
        reset();
        while (!stop) {
            if (unplug.exchange(false))
                hang_up();
            if (power.exchange(false))
                reset();
            if (stalled || (quiet > QUIET_CYCLES && to_card.empty())) {
                sleep();
                if (stalled)
                    usleep(1000);
                else
                    read_terminal();
                if (quiet)
                    continue;
            }
            read_terminal();
            if (!stalled)
                run_cycles();
            write_terminal();
        }
    }

    VerilatedContext context;
    std::unique_ptr<Vserial_card> model;
    std::thread thread;
    std::mutex lock; // of plan and seed
    serial_sim_plan plan = {};
    uint64_t seed = 1;
    std::atomic<uint64_t> damaged{0};
    std::atomic<bool> stop{false}, stalled{false}, unplug{false}, power{false};
    std::atomic<serial_sim_lamp> lamps{SERIAL_SIM_TESTING};
    int master = -1, slave = -1;
    char path[128] = "";
    Line line;
    Sampler sampler;
    std::deque<uint8_t> to_card, from_card;
    uint64_t next_link = 0, next_card = 3;
    unsigned quiet = 0;
};

extern "C" {

struct serial_sim *serial_sim_create(void)
{
    std::unique_ptr<serial_sim> sim(new (std::nothrow) serial_sim);
    if (!sim || !sim->open())
        return nullptr;
    sim->context.threads(1);
    sim->context.randReset(2);
    sim->model.reset(new Vserial_card(&sim->context, "card"));
    serial_sim *made = sim.release();
    made->thread = std::thread([made] { made->run(); });
    return made;
}

void serial_sim_destroy(struct serial_sim *sim) { delete sim; }

const char *serial_sim_path(const struct serial_sim *sim) { return sim->path; }

void serial_sim_plan_set(struct serial_sim *sim, const struct serial_sim_plan *plan)
{
    const std::lock_guard<std::mutex> hold(sim->lock);
    sim->plan = *plan;
    sim->seed = plan->seed * 0x9E3779B97F4A7C15u + 0x1234567;
}

void serial_sim_stall(struct serial_sim *sim, bool stalled) { sim->stalled = stalled; }
void serial_sim_unplug(struct serial_sim *sim) { sim->unplug = true; }

void serial_sim_power_cycle(struct serial_sim *sim)
{
    sim->lamps = SERIAL_SIM_TESTING;
    sim->power = true;
}

enum serial_sim_lamp serial_sim_lamps(const struct serial_sim *sim) { return sim->lamps; }
uint64_t serial_sim_damaged(const struct serial_sim *sim) { return sim->damaged; }
}
