/** What is loaded beside the first text: its spans are shown, marked and chosen without it. */

import { cards, describe } from "./cards.js";
import { nextEnd, whileGrabbed, wordBeside } from "./ends.js";
import { copies } from "./everywhere.js";

export { cards, copies, describe, nextEnd, whileGrabbed, wordBeside };
