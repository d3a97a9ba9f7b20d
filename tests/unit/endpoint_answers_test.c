/* SPDX-License-Identifier: BSD-3-Clause */
/*
 * Software and units that answer page requests and translation requests at once,
 * later, never, twice, from another thread, for somebody else, or with errors: every
 * combination for three requests.  Each ends once, with what its own answer says, and
 * not before; what software can see tells of odd answers, and of nothing else; and
 * the endpoint works when all is over.
 */
#include "endpoint_later.h"

#define REQUESTS 3u

/* The same for both, where they have it. */
enum answer {
	AT_ONCE,
	LATER,
	NEVER,
	TWICE,
	BY_ANOTHER_THREAD,
	FOR_SOMEBODY_ELSE, /* and never for itself */
	REFUSED,
	ALL_REFUSED, /* and what comes after it */
	/* Page requests: never with its PASID.  Translation requests: no rights. */
	LESS,
	/* Translation requests: what no unit says. */
	NONSENSE,
	ANSWERS
};

/* How each of the requests is answered, counted through. */
static bool next_combination(enum answer *kind, enum answer kinds)
{
	unsigned int i = 0;

	while (i < REQUESTS && kind[i] + 1 == kinds)
		kind[i++] = AT_ONCE;
	if (i == REQUESTS)
		return false;
	kind[i]++;
	return true;
}

/* -------------------------------------------------------- Page requests */

struct pages {
	struct bus *bus;
	enum answer kind[REQUESTS];
	struct asked asked[REQUESTS];
	struct vtd_page_request request[REQUESTS];
	unsigned int expected[REQUESTS]; /* result, or BUS_PENDING */
	unsigned int now;		 /* the one that is asked */
	bool stopped;
	bool unexpected;
	bool running;
	pthread_t thread;
};

static struct pages pages;

static void respond(unsigned int i, uint8_t code)
{
	bus_respond(pages.bus, &pages.request[i], code);
}

static void *respond_in_thread(void *unused)
{
	(void)unused;
	respond(pages.now, VTD_RESPONSE_SUCCESS);
	return NULL;
}

static void respond_oddly(unsigned int i)
{
	struct vtd_page_request other = pages.request[i];

	if (pages.kind[i] == LESS)
		other.pasid_present = false;
	else
		other.prgi ^= 0x100;
	bus_respond(pages.bus, &other, VTD_RESPONSE_SUCCESS);
	pages.unexpected = true;
}

/* All that wait end, too. */
static void expect_failure(void)
{
	for (unsigned int i = 0; i <= pages.now; i++)
		if (pages.expected[i] == BUS_PENDING)
			pages.expected[i] = VTD_ENDPOINT_REFUSED;
	pages.stopped = true;
}

static void answer_page(struct bus *bus)
{
	unsigned int i = pages.now;

	pages.request[i] = bus->log[bus->logged - 1];
	switch (pages.kind[i]) {
	case TWICE:
		respond(i, VTD_RESPONSE_SUCCESS);
		pages.unexpected = true;
		/* fallthrough */
	case AT_ONCE:
		pages.expected[i] = VTD_ENDPOINT_OK;
		respond(i, VTD_RESPONSE_SUCCESS);
		break;
	case BY_ANOTHER_THREAD:
		pages.expected[i] = VTD_ENDPOINT_OK;
		pages.running = true;
		assert_int_equal(pthread_create(&pages.thread, NULL,
						respond_in_thread, NULL),
				 0);
		break;
	case FOR_SOMEBODY_ELSE:
	case LESS:
		respond_oddly(i);
		break;
	case REFUSED:
		pages.expected[i] = VTD_ENDPOINT_REFUSED;
		respond(i, VTD_RESPONSE_INVALID);
		break;
	case ALL_REFUSED:
		expect_failure();
		respond(i, VTD_RESPONSE_FAILURE);
		break;
	default:
		break;
	}
}

static void check_pages(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		assert_int_equal(pages.asked[i].result, pages.expected[i]);
}

static void ask_for_page(unsigned int i)
{
	struct vtd_endpoint_access access = bus_access(VTD_ACCESS_READ);

	access.address += UINT64_C(0x1000) * i;
	pages.now = i;
	pages.expected[i] = pages.stopped ? VTD_ENDPOINT_REFUSED : BUS_PENDING;
	ask_for(pages.bus, &pages.asked[i], &access, 1);
	if (pages.running)
		pthread_join(pages.thread, NULL);
	pages.running = false;
}

/* The last first. */
static void respond_later(void)
{
	for (unsigned int i = REQUESTS; i-- > 0;) {
		if (pages.kind[i] != LATER || pages.expected[i] != BUS_PENDING)
			continue;
		pages.expected[i] = VTD_ENDPOINT_OK;
		respond(i, VTD_RESPONSE_SUCCESS);
		check_pages(REQUESTS);
	}
}

static void check_status(void)
{
	uint16_t status = vtd_endpoint_pri_status(pages.bus->ep);

	assert_int_equal((status & VTD_PRI_UNEXPECTED_INDEX) != 0,
			 pages.unexpected);
	assert_int_equal((status & VTD_PRI_RESPONSE_FAILURE) != 0,
			 pages.stopped);
}

static void end_pages(void)
{
	struct asked last;

	vtd_endpoint_reset(pages.bus->ep);
	for (unsigned int i = 0; i < REQUESTS; i++)
		if (pages.expected[i] == BUS_PENDING)
			pages.expected[i] = VTD_ENDPOINT_ABORTED;
	check_pages(REQUESTS);
	bus_enable(pages.bus);
	pages.bus->in_page_request = NULL;
	pages.bus->respond_at_once = true;
	ask(pages.bus, &last);
	assert_int_equal(last.result, VTD_ENDPOINT_OK);
	pages.bus->respond_at_once = false;
	pages.bus->logged = 0;
}

static void page_requests_end_once_when_responses_are_odd(void **state)
{
	enum answer kind[REQUESTS] = { AT_ONCE };

	do {
		pages = (struct pages){ .bus = *state };
		memcpy(pages.kind, kind, sizeof(kind));
		pages.bus->in_page_request = answer_page;
		for (unsigned int i = 0; i < REQUESTS; i++) {
			ask_for_page(i);
			check_pages(i + 1);
		}
		respond_later();
		check_status();
		end_pages();
	} while (next_combination(kind, NONSENSE));
}

/* -------------------------------------------------- Translation requests */

struct translations {
	struct later *later;
	enum answer kind[REQUESTS];
	struct going going[REQUESTS];
	unsigned int expected[REQUESTS];
	unsigned int now;
	bool stopped;
	bool running;
	pthread_t thread;
};

static struct translations translations;

static uint64_t page_of(unsigned int i)
{
	return UINT64_C(0x77000) + UINT64_C(0x1000) * i;
}

/* Of request i; 0, or -ENOENT. */
static int translate(unsigned int i)
{
	struct vtd_translation page = bus_page(page_of(i));

	switch (translations.kind[i]) {
	case REFUSED:
		page = (struct vtd_translation){
			.status = VTD_STATUS_COMPLETER_ABORT
		};
		break;
	case ALL_REFUSED:
		page = (struct vtd_translation){
			.status = VTD_STATUS_UNSUPPORTED_REQUEST
		};
		break;
	case LESS:
		page.read = page.write = false;
		break;
	case NONSENSE:
		page.size_shift = 200;
		page.address = UINT64_MAX;
		break;
	default:
		break;
	}
	return answer_with(translations.later, i, &page);
}

static void *translate_in_thread(void *unused)
{
	(void)unused;
	assert_int_equal(translate(translations.now), 0);
	return NULL;
}

static enum vtd_endpoint_result result_of(enum answer kind)
{
	switch (kind) {
	case REFUSED:
		return VTD_ENDPOINT_REFUSED;
	case ALL_REFUSED:
		return VTD_ENDPOINT_OFF;
	case LESS:
		return VTD_ENDPOINT_PAGE_NEEDED;
	default:
		return VTD_ENDPOINT_OK;
	}
}

static void expect_stop(void)
{
	for (unsigned int i = 0; i <= translations.now; i++)
		if (translations.expected[i] == BUS_PENDING)
			translations.expected[i] = VTD_ENDPOINT_OFF;
	translations.stopped = true;
}

static void request_oddly(void *opaque, const struct vtd_request *request,
			  uint64_t ticket)
{
	unsigned int i = translations.now;
	enum answer kind = translations.kind[i];

	request_later(opaque, request, ticket);
	if (kind == LATER || kind == NEVER)
		return;
	if (kind == FOR_SOMEBODY_ELSE) {
		translations.later->ticket[i] += 1000;
		assert_int_equal(translate(i), -ENOENT);
		translations.later->ticket[i] -= 1000;
		return;
	}
	if (kind == ALL_REFUSED)
		expect_stop();
	translations.expected[i] = result_of(kind);
	if (kind == BY_ANOTHER_THREAD) {
		translations.running = true;
		assert_int_equal(pthread_create(&translations.thread, NULL,
						translate_in_thread, NULL),
				 0);
		return;
	}
	assert_int_equal(translate(i), 0);
	if (kind == TWICE)
		assert_int_equal(translate(i), -ENOENT);
}

/* Those that are open have what was the answer, and are ended. */
static void check_translation(unsigned int i)
{
	struct going *going = &translations.going[i];

	assert_int_equal(going->result, translations.expected[i]);
	assert_int_equal(going->ended, going->result != BUS_PENDING);
	if (going->result != VTD_ENDPOINT_OK)
		return;
	if (translations.kind[i] != NONSENSE)
		assert_true(going->translation.mapping.address ==
			    page_of(i) + 0x123);
	assert_in_range(going->translation.mapping.length, 1, 1u << 30);
}

static void check_translations(unsigned int count)
{
	for (unsigned int i = 0; i < count; i++)
		check_translation(i);
}

static void ask_for_translation(unsigned int i)
{
	struct going *going = &translations.going[i];

	*going = (struct going){
		.later = translations.later,
		.result = BUS_PENDING,
		.access = bus_access(VTD_ACCESS_READ),
	};
	going->access.address += UINT64_C(0x1000) * i;
	translations.now = i;
	if (translations.stopped) {
		/* No request leaves, so its answer is nobody's. */
		translations.expected[i] = VTD_ENDPOINT_OFF;
		done(going, try_it(going));
		return;
	}
	translations.expected[i] = BUS_PENDING;
	assert_int_equal(try_it(going), VTD_ENDPOINT_TRANSLATION_NEEDED);
	ask_again(going);
	if (translations.running)
		pthread_join(translations.thread, NULL);
	translations.running = false;
}

static void translate_later(void)
{
	for (unsigned int i = REQUESTS; i-- > 0;) {
		bool is_waited_for = translations.expected[i] == BUS_PENDING;

		if (translations.kind[i] != LATER)
			continue;
		if (is_waited_for)
			translations.expected[i] = VTD_ENDPOINT_OK;
		assert_int_equal(translate(i), is_waited_for ? 0 : -ENOENT);
		check_translations(REQUESTS);
	}
}

static void end_translations(void)
{
	struct later *later = translations.later;
	struct going last;

	for (unsigned int i = 0; i < REQUESTS; i++)
		if (translations.expected[i] == VTD_ENDPOINT_OK)
			end_access(&translations.going[i]);
	vtd_endpoint_reset(later->bus.ep);
	for (unsigned int i = 0; i < REQUESTS; i++) {
		if (translations.expected[i] == BUS_PENDING)
			translations.expected[i] = VTD_ENDPOINT_ABORTED;
		assert_int_equal(translations.going[i].ended, 1);
		assert_int_equal(translations.going[i].result,
				 translations.expected[i]);
		assert_int_equal(translate(i), -ENOENT);
	}
	bus_enable(&later->bus);
	later->asked = 0;
	translations.now = 0;
	translations.kind[0] = AT_ONCE;
	go(later, &last);
	assert_int_equal(last.result, VTD_ENDPOINT_OK);
	end_access(&last);
	vtd_endpoint_reset(later->bus.ep);
	bus_enable(&later->bus);
	later->asked = 0;
}

static void translations_end_once_when_answers_are_odd(void **state)
{
	enum answer kind[REQUESTS] = { AT_ONCE };

	do {
		translations = (struct translations){ .later = *state };
		memcpy(translations.kind, kind, sizeof(kind));
		for (unsigned int i = 0; i < REQUESTS; i++) {
			ask_for_translation(i);
			check_translations(i + 1);
		}
		translate_later();
		end_translations();
	} while (next_combination(kind, ANSWERS));
}

static int oddly_setup(void **state)
{
	return later_setup_with(state, request_oddly);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		BUS_TEST(page_requests_end_once_when_responses_are_odd),
		cmocka_unit_test_setup_teardown(
			translations_end_once_when_answers_are_odd, oddly_setup,
			bus_teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
