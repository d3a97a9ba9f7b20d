/* SPDX-License-Identifier: BSD-3-Clause */
#include "fake_timer.h"

/* The unit's lock is held. */
static void on_timer(struct fake_host *host, uint64_t nanoseconds)
{
	struct fake_timer *timer = host->timer_data;

	pthread_mutex_lock(&timer->lock);
	timer->due = nanoseconds == 1;
	pthread_cond_signal(&timer->changed);
	pthread_mutex_unlock(&timer->lock);
}

static void *expire(void *opaque)
{
	struct fake_timer *timer = opaque;

	pthread_mutex_lock(&timer->lock);
	while (!timer->stop) {
		if (!timer->due) {
			pthread_cond_wait(&timer->changed, &timer->lock);
			continue;
		}
		timer->due = false;
		timer->expired++;
		pthread_mutex_unlock(&timer->lock);
		vtd_unit_timer_expired(timer->host->unit);
		pthread_mutex_lock(&timer->lock);
	}
	pthread_mutex_unlock(&timer->lock);
	return NULL;
}

void fake_timer_start(struct fake_timer *timer, struct fake_host *host)
{
	*timer = (struct fake_timer){ .host = host };
	pthread_mutex_init(&timer->lock, NULL);
	pthread_cond_init(&timer->changed, NULL);
	host->timer_data = timer;
	host->on_timer = on_timer;
	pthread_create(&timer->thread, NULL, expire, timer);
}

void fake_timer_stop(struct fake_timer *timer)
{
	pthread_mutex_lock(&timer->lock);
	timer->stop = true;
	pthread_cond_signal(&timer->changed);
	pthread_mutex_unlock(&timer->lock);
	pthread_join(timer->thread, NULL);
	timer->host->on_timer = NULL;
	pthread_mutex_destroy(&timer->lock);
	pthread_cond_destroy(&timer->changed);
}
