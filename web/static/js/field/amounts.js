// Money in cents and numbers of things, as they are written and as they are shown.

export const money = (cents) => (cents / 100).toFixed(2);
export const readCents = (text) => (/^\d{1,7}([.,]\d{1,2})?$/.test(text.trim()) ? Math.round(parseFloat(text.replace(",", ".")) * 100) : null);
export const readQuantity = (text) => (/^[1-9]\d{0,2}$/.test(text.trim()) ? Number(text) : null);
export const totalCents = (lines) => lines.reduce((sum, line) => sum + line.quantity * line.unit_cents, 0);
