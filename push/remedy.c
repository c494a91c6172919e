/* SPDX-License-Identifier: MIT */
#include "push/remedy.h"

#include <string.h>

#include "lib/mem.h"

#define REGISTER "the app must register its token again"
#define CREDENTIAL "set the credential again, then: outpost app check"
#define WAIT "nothing: it is tried again by itself"
#define MESSAGE "correct the message that the caller sends"
#define PROJECT "compare the project with the provider's console"
#define DEFECT "an error of Outpost: report it with the log"
#define SUBSCRIBE "the page must subscribe the browser again"
#define OTHER_VAPID "set the VAPID key with which the browser subscribed, or " \
	"have the page subscribe it again"
#define VAPID_PROOF "set the clock of this machine and the subject of the " \
	"VAPID key right"

/* clang-format off */
const struct remedy_row remedies[] = {
	/* ours */
	{"no credentials",	"set the credential of this platform: outpost app"},
	{"inactive",		"activate the device's activation, or send it not personal"},
	{"environment",		"register a device of the application's environment, or set that of the application"},
	{"unknown platform",	REGISTER},
	{"too many devices",	"send to this user by a campaign"},
	{"too large",		MESSAGE},
	{"nothing to show",	MESSAGE},
	{"removed",		REGISTER},
	{"no sendd runs",	"start outpost-sendd"},
	{"HTTP 401",		CREDENTIAL "; Web Push: " OTHER_VAPID},
	{"HTTP 403",		CREDENTIAL "; Web Push: " OTHER_VAPID},
	{"HTTP 404",		PROJECT "; Web Push: " SUBSCRIBE},
	{"HTTP 410",		SUBSCRIBE},
	{"HTTP 429",		WAIT},
	{"HTTP 5",		WAIT},
	/* APNs */
	{"BadCollapseId",	MESSAGE},
	{"BadDeviceToken",	"compare the environment of the application with the app's build; " REGISTER},
	{"BadExpirationDate",	DEFECT},
	{"BadMessageId",	DEFECT},
	{"BadPath",		"set the address of APNs in outpost.conf right; Web Push: " SUBSCRIBE},
	{"BadPriority",		DEFECT},
	{"BadTopic",		"set the bundle that the key may send for"},
	{"MissingTopic",	"set the bundle of the application"},
	{"TopicDisallowed",	"set the bundle that the key may send for"},
	{"DeviceTokenNotForTopic", "set the bundle of the app that registered the token"},
	{"BadCertificate",	CREDENTIAL},
	{"BadCertificateEnvironment", CREDENTIAL},
	{"BadEnvironmentKeyIdInToken", "set a key of this environment"},
	{"DuplicateHeaders",	DEFECT},
	{"ExpiredProviderToken", "set the clock of this machine right"},
	{"Forbidden",		CREDENTIAL},
	{"IdleTimeout",		WAIT},
	{"InvalidPushType",	DEFECT},
	{"InvalidProviderToken", "compare key, key id and team, and the clock; " CREDENTIAL},
	{"MethodNotAllowed",	"set the address of APNs in outpost.conf right"},
	{"MissingDeviceToken",	REGISTER},
	{"MissingProviderToken", CREDENTIAL},
	{"UnrelatedKeyIdInToken", WAIT},
	{"Unregistered",	REGISTER "; Web Push: " SUBSCRIBE},
	{"ExpiredToken",	REGISTER},
	{"PayloadEmpty",	MESSAGE},
	{"PayloadTooLarge",	MESSAGE},
	{"TooManyProviderTokenUpdates", WAIT},
	{"TooManyRequests",	WAIT},
	{"InternalServerError",	WAIT},
	{"ServiceUnavailable",	WAIT},
	{"Shutdown",		WAIT},
	/* FCM */
	{"UNREGISTERED",	REGISTER},
	{"INVALID_ARGUMENT",	MESSAGE},
	{"SENDER_ID_MISMATCH",	"use the project with which the app registered the token"},
	{"THIRD_PARTY_AUTH_ERROR", "upload the APNs key to the project"},
	{"APNS_AUTH_ERROR",	"upload the APNs key to the project"},
	{"QUOTA_EXCEEDED",	WAIT},
	{"INTERNAL",		WAIT},
	{"UNAVAILABLE",		WAIT},
	/* HMS */
	{"80100001",		MESSAGE},
	{"80100002",		MESSAGE},
	{"80100003",		MESSAGE},
	{"80100004",		"let the message be valid for longer"},
	{"80100013",		MESSAGE},
	{"80100016",		"remove the text that the provider calls sensitive"},
	{"80100017",		WAIT},
	{"80100018",		"remove the text that the provider's review refuses"},
	{"80200001",		CREDENTIAL},
	{"80200003",		WAIT},
	{"80200005",		WAIT},
	{"80300002",		"allow Push Kit for the project in the console"},
	{"80300007",		REGISTER},
	{"80300008",		MESSAGE},
	{"80300010",		DEFECT},
	{"80300011",		"ask the provider for the right to send with high priority"},
	{"80300013",		"set the receipt in the console right"},
	{"80600003",		WAIT},
	{"81000001",		WAIT},
	{"tokenFormatError",	REGISTER},
	/* Web Push: ours, then Google, Mozilla, Apple, Windows */
	{"the browser's key is not on the curve", SUBSCRIBE},
	{"the browser subscribed with another VAPID key", OTHER_VAPID},
	{"endpoint of the subscription is at no push service", "add its host to [webpush] hosts in outpost.conf, if you trust it"},
	{"UnauthorizedRegistration", CREDENTIAL},
	{"InvalidRegistration",	SUBSCRIBE},
	{"InvalidTtl",		DEFECT},
	{"InvalidJwt",		VAPID_PROOF},
	{"KeyMismatch",		OTHER_VAPID},
	{"Expired",		SUBSCRIBE},
	{"102",			SUBSCRIBE},
	{"103",			SUBSCRIBE},
	{"104",			MESSAGE},
	{"105",			SUBSCRIBE},
	{"106",			SUBSCRIBE},
	{"108",			SUBSCRIBE},
	{"109 mismatch",	OTHER_VAPID},
	{"109",			VAPID_PROOF},
	{"110",			DEFECT},
	{"111",			DEFECT},
	{"112",			DEFECT},
	{"113",			DEFECT},
	{"114",			DEFECT},
	{"201",			WAIT},
	{"202",			WAIT},
	{"901",			WAIT},
	{"902",			WAIT},
	{"903",			WAIT},
	{"VapidPkHashMismatch",	OTHER_VAPID},
	{"BadWebPushTopic",	DEFECT},
	{"BadTtl",		DEFECT},
	{"BadUrgency",		DEFECT},
	{"BadWebPushRequest",	DEFECT},
	{"BadAuthorizationHeader", DEFECT},
	{"BadJwtToken",		VAPID_PROOF},
	{"BadVapidPublicKey",	CREDENTIAL},
	{"ExpiredSubscription",	SUBSCRIBE},
	{"channelthrottled",	WAIT},
	{"dropped",		"nothing: the browser does not take messages now"},
};
/* clang-format on */
const size_t n_remedies = nitems(remedies);

/* "HTTP 5" is the begin of a number, other reasons are whole words. */
static int
begins_with(const char *text, const char *reason)
{
	size_t n = strlen(reason);

	return strncmp(text, reason, n) == 0 &&
	    (text[n] == '\0' || strchr(" :,;", text[n]) != NULL ||
		reason[n - 1] == '5');
}

const char *
reason_remedy(const char *reason)
{
	for (size_t i = 0; reason != NULL && i < n_remedies; i++)
		if (begins_with(reason, remedies[i].reason))
			return remedies[i].remedy;
	return NULL;
}
