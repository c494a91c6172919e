/* SPDX-License-Identifier: MIT */
/*
 * The platforms of devices, in one list: for each X(NUMBER, ID, name, OLD).
 * NUMBER stands in rows of the database, ID is enum platform's, name and OLD
 * (the platform's name before) are the spellings of a registration; letter
 * case does not count. The list lies here because two layers that do not see
 * each other take it: push/ has a provider for each platform, and db/ chooses
 * the devices of a campaign in SQL.
 */
#ifndef LIB_PLATFORM_H
#define LIB_PLATFORM_H

/* clang-format off */
#define PLATFORM_ROW_APNS(X) X(0, APNS, apns, "ios")
#define PLATFORM_ROW_FCM(X)  X(1, FCM,  fcm,  "android")
#define PLATFORM_ROW_HMS(X)  X(2, HMS,  hms,  "huawei")

#define PLATFORMS(X) \
	PLATFORM_ROW_APNS(X) PLATFORM_ROW_FCM(X) PLATFORM_ROW_HMS(X)
/* clang-format on */

#define PLATFORM_CONSTANT(number, id, name, old) PLATFORM_##id = (number),
enum platform { PLATFORMS(PLATFORM_CONSTANT) PLATFORM__COUNT };

#endif
