/** What draws the page: preact and htm, as the server sends them from the installed package. */
export { html, render, useEffect, useLayoutEffect, useMemo, useReducer, useRef, useState } from './preact.js';
