/* SPDX-License-Identifier: MIT */
/*
 * The platforms of devices, in one list: X(NUMBER, ID, name, OLD) for each.
 * NUMBER is stored in rows of the database, ID is the suffix of the constant
 * in enum platform; name and OLD (the former name) are the spellings that a
 * registration may use, in any letter case. The list lies in lib/ because two
 * layers that must not include each other use it: push/ has a provider for
 * each platform, and db/ chooses the devices of a campaign in SQL.
 */
#ifndef LIB_PLATFORM_H
#define LIB_PLATFORM_H

/* clang-format off */
#define PLATFORM_ROW_APNS(X) X(0, APNS, apns, "ios")
#define PLATFORM_ROW_FCM(X)  X(1, FCM,  fcm,  "android")
#define PLATFORM_ROW_HMS(X)  X(2, HMS,  hms,  "huawei")
#define PLATFORM_ROW_WEBPUSH(X) X(3, WEBPUSH, webpush, "webpush")

/* Those of the published API. Its answers always tell of each of them, and of
 * another platform only where an application uses it. */
#define PLATFORMS_PUBLISHED(X) \
	PLATFORM_ROW_APNS(X) PLATFORM_ROW_FCM(X) PLATFORM_ROW_HMS(X)
#define PLATFORMS(X) PLATFORMS_PUBLISHED(X) PLATFORM_ROW_WEBPUSH(X)
/* clang-format on */

#define PLATFORM_CONSTANT(number, id, name, old) PLATFORM_##id = (number),
enum platform { PLATFORMS(PLATFORM_CONSTANT) PLATFORM__COUNT };
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a term of a sum */
#define PLATFORM_ONE(number, id, name, old) +1
enum { PLATFORM__PUBLISHED = 0 PLATFORMS_PUBLISHED(PLATFORM_ONE) };

#endif
